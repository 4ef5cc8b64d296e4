/// When an alert speaks: `ok → pending → firing → resolved`, with patience in both directions.
package struct AlertPolicy: Equatable, Sendable {
    /// Consecutive alarming windows before an alert fires (≥ 1).
    package var windowsToFire: Int
    /// Consecutive clear windows before it resolves (≥ 1).
    package var windowsToClear: Int
    /// A window is clear below this share of the threshold, in (0, 1].
    package var clearRatio: Double
    /// Firing again so soon after resolving reopens the same alert.
    package var cooldownNanoseconds: Int64

    package init(
        windowsToFire: Int = 1, windowsToClear: Int = 1, clearRatio: Double = 0.9,
        cooldownNanoseconds: Int64 = 0
    ) {
        precondition(windowsToFire >= 1 && windowsToClear >= 1, "patience counts windows")
        precondition(clearRatio > 0 && clearRatio <= 1, "an alert must be able to resolve")
        (self.windowsToFire, self.windowsToClear) = (windowsToFire, windowsToClear)
        (self.clearRatio, self.cooldownNanoseconds) = (clearRatio, cooldownNanoseconds)
    }
}

/// What a window says to an alert.
package enum AlertSignal: Equatable, Sendable {
    case alarming(DriftEvent.Severity)
    /// Below the threshold, but not by enough to resolve.
    case wavering
    case clear
}

/// The state of one alert.
package struct Alert: Codable, Equatable, Sendable {
    package enum State: Codable, Equatable, Sendable {
        case ok
        case pending(windows: Int)
        case firing(since: Timestamp, severity: DriftEvent.Severity, clearWindows: Int)
        /// It fired `since` then and resolved `at` a moment not longer ago than the cooldown.
        case resolved(since: Timestamp, at: Timestamp)
    }

    package enum Transition: Equatable, Sendable {
        case fired(since: Timestamp, DriftEvent.Severity)
        /// Still firing, and more severe than before.
        case escalated(since: Timestamp, DriftEvent.Severity)
        case resolved(since: Timestamp, DriftEvent.Severity)
    }

    package private(set) var state = State.ok

    package init() {}

    /// Takes in the verdict on the next window, which ended at `time`.
    package mutating func observe(
        _ signal: AlertSignal, at time: Timestamp, policy: AlertPolicy
    ) -> Transition? {
        switch (state, signal) {
        case (.firing(let since, let severity, _), .alarming(let now)):
            state = .firing(since: since, severity: max(severity, now), clearWindows: 0)
            return now > severity ? .escalated(since: since, now) : nil
        case (.firing(let since, let severity, let clear), .clear):
            return clearFiring(since, severity, clear + 1, time, policy)
        case (.firing(let since, let severity, _), .wavering):
            state = .firing(since: since, severity: severity, clearWindows: 0)
            return nil
        case (.resolved(let since, let resolved), .alarming(let severity))
        where time <= resolved.advanced(by: policy.cooldownNanoseconds):
            state = .firing(since: since, severity: severity, clearWindows: 0)
            return .fired(since: since, severity)
        case (.resolved(_, let resolved), _) where time <= resolved.advanced(by: policy.cooldownNanoseconds):
            return nil
        case (_, .alarming(let severity)):
            return alarm(severity, time, policy)
        case (_, .wavering), (_, .clear):
            state = .ok
            return nil
        }
    }

    private mutating func alarm(
        _ severity: DriftEvent.Severity, _ time: Timestamp, _ policy: AlertPolicy
    ) -> Transition? {
        let windows = if case .pending(let windows) = state { windows + 1 } else { 1 }
        guard windows >= policy.windowsToFire else {
            state = .pending(windows: windows)
            return nil
        }
        state = .firing(since: time, severity: severity, clearWindows: 0)
        return .fired(since: time, severity)
    }

    private mutating func clearFiring(
        _ since: Timestamp, _ severity: DriftEvent.Severity, _ clearWindows: Int, _ time: Timestamp,
        _ policy: AlertPolicy
    ) -> Transition? {
        guard clearWindows >= policy.windowsToClear else {
            state = .firing(since: since, severity: severity, clearWindows: clearWindows)
            return nil
        }
        state = .resolved(since: since, at: time)
        return .resolved(since: since, severity)
    }
}
