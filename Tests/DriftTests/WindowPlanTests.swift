import Drift
import Testing

@Suite struct WindowPlanTests {
    @Test func `a window is a whole number of panes`() {
        #expect(WindowPlan(length: .nanoseconds(day)).paneCount == 1)
        #expect(WindowPlan(length: .nanoseconds(day), step: .nanoseconds(hour)).paneCount == 24)
        #expect(WindowPlan(length: .rows(5000), step: .rows(500)).paneCount == 10)
    }

    @Test func `a step that does not divide the window is a mistake`() async {
        await #expect(processExitsWith: .failure) {
            _ = WindowPlan(length: .nanoseconds(10), step: .nanoseconds(3))
        }
        await #expect(processExitsWith: .failure) { _ = WindowPlan(length: .rows(10), step: .nanoseconds(5)) }
        await #expect(processExitsWith: .failure) { _ = WindowPlan(length: .rows(0)) }
    }

    @Test(arguments: [
        (
            WindowPlan(length: .nanoseconds(day), step: .nanoseconds(hour), offsetNanoseconds: 5 * hour),
            "1d by 1h at 5h"
        ),
        (WindowPlan(length: .nanoseconds(90 * minute)), "90m by 90m at 0d"),
        (WindowPlan(length: .rows(5000)), "5000 rows by 5000 rows at 0d"),
        (WindowPlan(length: .nanoseconds(1_500_000_000)), "1500000000ns by 1500000000ns at 0d"),
    ])
    func `a plan says how panes are cut`(plan: WindowPlan, description: String) {
        #expect(plan.description == description)
    }
}
