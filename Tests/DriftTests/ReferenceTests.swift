import Drift
import Testing

@Suite struct ReferenceTests {
    @Test func `bins are frozen with the reference, for numbers only`() throws {
        let reference = try Reference.of(
            RowBatch(.numbers("x", (0..<100).map { Double($0) }), .texts("c", (0..<100).map { "\($0 % 3)" })))
        #expect(reference.features[0].bins?.count == 10)
        #expect(reference.features[1].bins == nil)
        #expect(reference.cells.map(\.cellCount) == [201, 5])
    }

    @Test func `the rate of rows is that of the blocks`() throws {
        let times = (0..<100).map { at(Int64($0) * minute) }
        let reference = try Reference.of(
            .x((0..<100).map { Double($0) }, times: times), blocks: .rows(10))
        // Blocks end at the time of their last row: 100 rows in 99 minutes.
        let interval = reference.interval(between: WindowPlan(length: .rows(20)))
        #expect(isClose(interval, 20 * 99 / 100 * Double(minute)))
        #expect(reference.interval(between: WindowPlan(length: .nanoseconds(hour))) == Double(hour))
        #expect(
            reference.interval(between: WindowPlan(length: .rows(20), step: .rows(5))).map {
                $0 / Double(minute)
            } ?? 0 < 5)
        #expect(try Reference.of(.x([1, 2])).interval(between: WindowPlan(length: .rows(5))) == nil)
        #expect(
            try Reference.of(.x([1, 2]), blocks: .rows(1)).interval(between: WindowPlan(length: .rows(5)))
                == nil)
    }
}
