import Drift
import Foundation
import Testing

private typealias State = Alert.State

@Suite struct AlertPolicyTests {
    /// `!` alarms with a warning, `‼` critically, `~` wavers, `.` is clear; a window ends each hour.
    private static func play(_ windows: String, _ policy: AlertPolicy) -> [String] {
        var alert = Alert()
        return windows.enumerated().map { index, window in
            let signal: AlertSignal =
                switch window {
                case "!": .alarming(.warning)
                case "‼": .alarming(.critical)
                case "~": .wavering
                default: .clear
                }
            return describe(alert.observe(signal, at: at(Int64(index) * hour), policy: policy))
        }
    }

    private static func describe(_ transition: Alert.Transition?) -> String {
        switch transition {
        case .fired(let since, let severity): "fired \(severity) \(since.nanoseconds / hour)"
        case .escalated(let since, let severity): "escalated \(severity) \(since.nanoseconds / hour)"
        case .resolved(let since, let severity): "resolved \(severity) \(since.nanoseconds / hour)"
        case nil: "-"
        }
    }

    @Test(arguments: [
        ("..!.", 1, 1, ["-", "-", "fired warning 2", "resolved warning 2"]),
        ("!!!!", 1, 1, ["fired warning 0", "-", "-", "-"]),
        ("!!.!!!", 3, 1, ["-", "-", "-", "-", "-", "fired warning 5"]),
        ("!!~!!!", 3, 1, ["-", "-", "-", "-", "-", "fired warning 5"]),
        ("!~~~.", 1, 1, ["fired warning 0", "-", "-", "-", "resolved warning 0"]),
        ("!..!...", 1, 3, ["fired warning 0", "-", "-", "-", "-", "-", "resolved warning 0"]),
        ("!..~...", 1, 3, ["fired warning 0", "-", "-", "-", "-", "-", "resolved warning 0"]),
        ("!‼!‼.", 1, 1, ["fired warning 0", "escalated critical 0", "-", "-", "resolved critical 0"]),
        ("!‼", 2, 1, ["-", "fired critical 1"]),
        ("‼!.", 1, 1, ["fired critical 0", "-", "resolved critical 0"]),
        ("~~~", 1, 1, ["-", "-", "-"]),
        ("!.!.", 1, 1, ["fired warning 0", "resolved warning 0", "fired warning 2", "resolved warning 2"]),
    ])
    func `patience counts windows in both directions`(
        windows: String, toFire: Int, toClear: Int, transitions: [String]
    ) {
        let policy = AlertPolicy(windowsToFire: toFire, windowsToClear: toClear)
        #expect(Self.play(windows, policy) == transitions)
    }

    @Test(arguments: [
        // Resolved at 1, and 3 hours later it is still the same alert, without waiting to fire.
        ("!!...!", ["-", "fired warning 1", "resolved warning 1", "-", "-", "fired warning 1"]),
        // One hour more, and it starts anew.
        ("!!....!!", ["-", "fired warning 1", "resolved warning 1", "-", "-", "-", "-", "fired warning 7"]),
        ("!!.~‼", ["-", "fired warning 1", "resolved warning 1", "-", "fired critical 1"]),
        (
            "!!.!.!",
            [
                "-", "fired warning 1", "resolved warning 1", "fired warning 1", "resolved warning 1",
                "fired warning 1",
            ]
        ),
    ])
    func `firing again within the cooldown reopens the same alert`(windows: String, transitions: [String]) {
        let policy = AlertPolicy(windowsToFire: 2, cooldownNanoseconds: 3 * hour)
        #expect(Self.play(windows, policy) == transitions)
    }

    @Test func `a state survives being stored`() throws {
        let policy = AlertPolicy(windowsToFire: 2, windowsToClear: 2, cooldownNanoseconds: hour)
        var alert = Alert()
        var states: [Alert.State] = []
        for (index, signal) in [.alarming(.critical), .alarming(.warning), .clear, .clear].enumerated()
            as EnumeratedSequence<[AlertSignal]>
        {
            _ = alert.observe(signal, at: at(Int64(index) * hour), policy: policy)
            #expect(try JSONDecoder().decode(Alert.self, from: JSONEncoder().encode(alert)) == alert)
            states.append(alert.state)
        }
        #expect(
            states == [
                .pending(windows: 1), .firing(since: at(hour), severity: .warning, clearWindows: 0),
                .firing(since: at(hour), severity: .warning, clearWindows: 1),
                .resolved(since: at(hour), at: at(3 * hour)),
            ])
    }
}
