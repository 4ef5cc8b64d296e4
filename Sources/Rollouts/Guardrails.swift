import Drift
import Glibc
import Statistics

/// What a test says of a limit.
package enum Bearing: String, Codable, Sendable {
    /// Shown to be within it.
    case inside
    /// Shown to be beyond it.
    case beyond
    case open
}

/// How often an event happened to the units of a candidate and of the control, by stages.
struct EventCounts {
    struct Stage {
        /// The candidate's part of both arms.
        let share: Double
        let control: Int
        let candidate: Int
    }

    private(set) var stages: [Stage] = []
    /// The candidate's, in all stages.
    private(set) var units = 0
    private(set) var isUsable = true

    init(
        _ metric: RolloutMetric, ofCandidate candidate: Int, _ begun: [RolloutState.BegunStage],
        _ units: [[ArmUnits]]
    ) {
        for (stage, arms) in zip(begun, units) where arms.indices.contains(candidate + 1) {
            let shares = (stage.shares.control, stage.shares.candidates[candidate])
            let counts = (arms[0].events[metric] ?? 0, arms[candidate + 1].events[metric] ?? 0)
            guard counts.0.isPlausible, counts.1.isPlausible, arms[candidate + 1].seen.isPlausible else {
                isUsable = false
                continue
            }
            self.units += arms[candidate + 1].seen
            guard shares.0 > 0, shares.1 > 0 else { continue }
            stages.append(
                Stage(share: shares.1 / (shares.0 + shares.1), control: counts.0, candidate: counts.1))
        }
        isUsable = isUsable && events <= self.units
    }

    typealias ArmUnits = RolloutEvidence.ArmUnits

    var events: Int { stages.reduce(0) { $0 + $1.candidate } }

    /// `nil` before anything was compared.
    var test: CountTest? {
        guard let first = stages.first else { return nil }
        var test = CountTest(share: first.share)
        test.observe(champion: first.control, candidate: first.candidate)
        for stage in stages.dropFirst() {
            test.begin(share: stage.share)
            test.observe(champion: stage.control, candidate: stage.candidate)
        }
        return test
    }

    /// Whether the candidate's rate is shown to be below `rate`: events among its units, as the events of an arm with
    /// that share.
    func isRarer(than rate: Double, alpha: Double) -> Bool {
        guard isUsable, units > 0 else { return false }
        var test = CountTest(share: rate)
        test.observe(champion: units - events, candidate: events)
        return Double(events) < rate * Double(units) && test.logEvidence >= -log(alpha)
    }
}

extension EventCounts {
    /// Takes a look at whether the event is more frequent than the margin tolerates.
    func bearing(
        margin: Double, negligible: Double, alpha: Double, evidence: inout EValue
    ) -> Bearing {
        if let test {
            let found = test.evidence(againstLogRateRatio: log1p(margin))
            if found.isGreater { evidence.observe(found.logarithm) }
            if evidence.rejects(at: alpha) { return .beyond }
            if isUsable, !found.isGreater, found.logarithm >= -log(alpha) { return .inside }
        }
        return isRarer(than: negligible, alpha: alpha) ? .inside : .open
    }
}

extension ClusteredMixtureTest {
    /// Where the mean lies against a margin.
    ///
    /// - Parameter isTwoSided: whether the mean must not be far below 0 either.
    func bearing(margin: Double, alpha: Double, isTwoSided: Bool) -> Bearing {
        let interval = interval(alpha: alpha)
        guard let lower = interval.lower, let upper = interval.upper else { return .open }
        if lower > margin || isTwoSided && upper < -margin { return .beyond }
        return upper < margin && (!isTwoSided || lower > -margin) ? .inside : .open
    }
}

extension RolloutMetric {
    /// Whether moving down is as bad as moving up.
    var isTwoSided: Bool { self == .score || self == .bias }
}
