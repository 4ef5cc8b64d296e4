import Foundation
import Statistics

/// A rollout that compares how often something happens to the units of two arms, 60 times.
struct RateRollout: Simulation {
    static let tests = [
        "z-test, at the end only", "z-test, at each look", "(a) asymptotic sequence, from the first event",
        "(a) asymptotic sequence", "(b) exact count test",
    ]
    static let looks = 60
    static let alpha = 0.05

    /// The champion's, inside (0, 1); the candidate's too if there is no effect.
    let rate: Double
    /// The candidate's rate over the champion's, less 1, if there is an effect.
    let increase: Double
    /// The candidate's part of the units.
    let share: Double

    /// Of both arms in the whole rollout, with which one look at the end finds the effect nine times in ten.
    var units: Int { unitsPerLook * RateRollout.looks }

    private var unitsPerLook: Int {
        let size = Planner(alpha: RateRollout.alpha, power: 0.9)
            .size(rate: rate, effect: rate * increase, share: share)
        return (size.total + RateRollout.looks - 1) / RateRollout.looks
    }

    func rollout(hasEffect: Bool, _ random: inout SplitMix64) -> [FirstAlarm] {
        let other = hasEffect ? rate * (1 + increase) : rate
        let arriving = unitsPerLook
        var tests = RateTests(share: share, units: units)
        for _ in 0..<RateRollout.looks {
            let units = random.binomial(arriving, share)
            let candidate = random.proportion(units: units, rate: other)
            tests.observe(random.proportion(units: arriving - units, rate: rate), candidate)
        }
        return tests.alarms
    }
}

extension SplitMix64 {
    fileprivate mutating func proportion(units: Int, rate: Double) -> Proportion {
        Proportion(events: binomial(units, rate), units: units)
    }
}

/// The tests of one rollout.
private struct RateTests {
    private(set) var alarms = RateRollout.tests.map { _ in FirstAlarm() }
    private var look = 0
    private var champion = Proportion()
    private var candidate = Proportion()
    private var hasty: MixtureSPRT
    private var sequence: MixtureSPRT
    private var counts: CountTest

    init(share: Double, units: Int) {
        sequence = MixtureSPRT(alpha: RateRollout.alpha, tightestAt: units)
        hasty = sequence
        counts = CountTest(share: share)
    }

    mutating func observe(_ newChampion: Proportion, _ newCandidate: Proportion) {
        look += 1
        champion.merge(newChampion)
        candidate.merge(newCandidate)
        counts.observe(champion: newChampion.events, candidate: newCandidate.events)
        if let difference = MeanDifference(champion: champion, candidate: candidate) {
            sequence.observe(difference)
        }
        if let difference = MeanDifference(hasty: champion, candidate) { hasty.observe(difference) }
        raiseAlarms()
    }

    private mutating func raiseAlarms() {
        let differs = zTestRejects(champion, candidate)
        let isLast = look == RateRollout.looks
        let sequential = [hasty.evidence, sequence.evidence, counts.evidence]
        let rejections = [differs && isLast, differs] + sequential.map { $0.rejects(at: RateRollout.alpha) }
        for (index, isRejected) in rejections.enumerated() { alarms[index].observe(isRejected, at: look) }
    }
}

extension MeanDifference {
    /// As soon as both arms have an event and a unit without.
    fileprivate init?(hasty champion: Proportion, _ candidate: Proportion) {
        let variances = [champion, candidate].map { $0.rate * (1 - $0.rate) / Double($0.units) }
        guard variances.allSatisfy({ $0 > 0 }) else { return nil }
        self.init(
            value: candidate.rate - champion.rate, variance: variances[0] + variances[1],
            count: champion.units + candidate.units)
    }
}

private let criticalValue = normalQuantile(1 - RateRollout.alpha / 2)

/// The textbook's test of one look: two-sided, with the variance of the rate of both arms together.
private func zTestRejects(_ champion: Proportion, _ candidate: Proportion) -> Bool {
    var pooled = champion
    pooled.merge(candidate)
    let perUnit = pooled.rate * (1 - pooled.rate)
    let variance = perUnit / Double(champion.units) + perUnit / Double(candidate.units)
    return abs(candidate.rate - champion.rate) > criticalValue * variance.squareRoot()
}

func printRates() async {
    print("| rate, canary | increase, units | test | false alarms | power | mean look of the alarm |")
    print("|---|---|---|---|---|---|")
    for (rate, share, increase) in [
        (0.1, 0.05, 1), (0.1, 0.05, 0.5), (0.1, 0.5, 0.15), (0.005, 0.05, 0.5), (0.005, 0.5, 0.3),
    ] {
        let rollout = RateRollout(rate: rate, increase: increase, share: share)
        let effect = "+\(percent(increase)), \(rollout.units.formatted())"
        var setting = "\(percent(rate)), \(percent(share)) | \(effect)"
        for (test, found) in zip(RateRollout.tests, await rollout.characteristics()) {
            let look = String(format: "%.0f", found.underEffect.meanLook)
            print("| \(setting) | \(test) | \(found.falseAlarms) | \(found.power) | \(look) |")
            setting = "|"
        }
    }
}
