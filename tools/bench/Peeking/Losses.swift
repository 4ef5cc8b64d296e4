import Foundation
import Statistics

/// A rollout that compares the losses of two models on the same rows, over 120 days, at the end of each day from the 20th.
///
/// The candidate's loss of a row, less the champion's, is the effect, what the row shares with its day, and something normal
/// of its own; their variance is 1. So a day's mean and variance need no rows: they are normal and χ², given what is shared.
struct LossRollout: Simulation {
    static let tests = ["(a) by row", "(a) by day", "(a′)"]
    static let days = 120
    static let firstLook = 20
    static let alpha = 0.05
    /// How many a day has, each number as likely as the others.
    static let rows = 200...400

    /// The variance of the mean of all rows, over what it were if they did not share their day.
    let designEffect: Double
    /// Of what a day's rows share, in [0, 2].
    var skewness = 0.0
    /// Between one day's total and the next's.
    var autocorrelation = 0.0
    /// Days at which intervals are tightest.
    var tightest = 60

    func rollout(hasEffect: Bool, _ random: inout SplitMix64) -> [FirstAlarm] {
        let effect = hasEffect ? self.effect : 0
        var luck = Luck(shape: shape, carry: carry, &random)
        var tests = LossTests(tightest: tightest)
        for _ in 0..<LossRollout.days {
            tests.observe(day(mean: effect + sharedVariance.squareRoot() * luck.next(&random), &random))
        }
        return tests.alarms
    }

    private func day(mean: Double, _ random: inout SplitMix64) -> Moments {
        let count = Int.random(in: LossRollout.rows, using: &random)
        let variance = 1 - sharedVariance
        let spread = random.chiSquared(degreesOfFreedom: count - 1) / Double(count - 1)
        return Moments(
            count: count, mean: mean + (variance / Double(count)).squareRoot() * random.normal(),
            variance: variance * spread)
    }
}

extension LossRollout {
    /// Of the rows of a day.
    fileprivate static let meanCount = Double(rows.lowerBound + rows.upperBound) / 2
    private static let meanSquaredCount =
        meanCount * meanCount + (Double(rows.count * rows.count) - 1) / 12

    /// Of a row's variance of 1.
    private var sharedVariance: Double {
        (designEffect - 1) / (LossRollout.meanSquaredCount / LossRollout.meanCount - 1)
    }

    /// Of a day's total.
    private var totalVariance: Double { designEffect * LossRollout.meanCount }

    /// With which one look at all days finds it nine times in ten, if days are independent.
    private var effect: Double {
        let reach = normalQuantile(1 - LossRollout.alpha / 2) + normalQuantile(0.9)
        return reach * (totalVariance / Double(LossRollout.days)).squareRoot() / LossRollout.meanCount
    }

    /// Of what a day shares: its total has noise and a number of rows of its own, and resembles the last one less.
    private var carry: Double {
        guard autocorrelation > 0 else { return 0 }
        return autocorrelation * totalVariance
            / (sharedVariance * LossRollout.meanCount * LossRollout.meanCount)
    }

    /// Of the gamma distribution with this skewness, `nil` for the normal one.
    private var shape: Double? { skewness > 0 ? 4 / (skewness * skewness) : nil }
}

/// What the rows of a day share: of mean 0 and variance 1.
private struct Luck {
    private let shape: Double?
    private let carry: Double
    private var last = 0.0

    init(shape: Double?, carry: Double, _ random: inout SplitMix64) {
        (self.shape, self.carry) = (shape, carry)
        last = draw(&random)
    }

    mutating func next(_ random: inout SplitMix64) -> Double {
        last = carry * last + (1 - carry * carry).squareRoot() * draw(&random)
        return last
    }

    private func draw(_ random: inout SplitMix64) -> Double {
        guard let shape else { return random.normal() }
        return (random.gamma(shape: shape) - shape) / shape.squareRoot()
    }
}

/// The three tests of one rollout.
private struct LossTests {
    private(set) var alarms = LossRollout.tests.map { _ in FirstAlarm() }
    private var rows = Moments()
    private var totals = Moments()
    private var byRow: MixtureSPRT
    private var byDay: MixtureSPRT
    private var clustered: ClusteredMixtureTest

    init(tightest: Int) {
        let alpha = LossRollout.alpha
        byRow = MixtureSPRT(alpha: alpha, tightestAt: tightest * Int(LossRollout.meanCount))
        byDay = MixtureSPRT(alpha: alpha, tightestAt: tightest)
        clustered = ClusteredMixtureTest(alpha: alpha, tightestAt: tightest, fewest: LossRollout.firstLook)
    }

    mutating func observe(_ day: Moments) {
        let total = Double(day.count) * day.mean
        rows.merge(day)
        totals.add(total)
        clustered.observe(total)
        if totals.count >= LossRollout.firstLook { look() }
    }

    private mutating func look() {
        byRow.observe(MeanDifference(paired: rows))
        byDay.observe(MeanDifference(paired: totals))
        for (index, evidence) in [byRow.evidence, byDay.evidence, clustered.evidence].enumerated() {
            alarms[index].observe(evidence.rejects(at: LossRollout.alpha), at: totals.count)
        }
    }
}

extension MeanDifference {
    /// - Precondition: there are two that differ.
    fileprivate init(paired differences: Moments) {
        self.init(value: differences.mean, variance: differences.varianceOfMean!, count: differences.count)
    }
}

func printLosses() async {
    let tests = LossRollout.tests.map { "\($0): false alarms | power" }
    print("| days | design effect | \(tests.joined(separator: " | ")) |")
    print("|---|---|" + String(repeating: "---|", count: 2 * tests.count))
    for (days, rollout) in [
        ("rows are independent", LossRollout(designEffect: 1)),
        ("normal", LossRollout(designEffect: 10)),
        ("normal", LossRollout(designEffect: 40)),
        ("skewness 1", LossRollout(designEffect: 20, skewness: 1)),
        ("skewness 2", LossRollout(designEffect: 20, skewness: 2)),
        ("skewness 2, tightest at 20", LossRollout(designEffect: 20, skewness: 2, tightest: 20)),
        ("autocorrelation 0.2", LossRollout(designEffect: 20, autocorrelation: 0.2)),
        ("autocorrelation 0.4", LossRollout(designEffect: 20, autocorrelation: 0.4)),
        (
            "autocorrelation 0.4, tightest at 20",
            LossRollout(designEffect: 20, autocorrelation: 0.4, tightest: 20)
        ),
    ] {
        let designEffect = String(format: "%g", rollout.designEffect)
        let cells = await rollout.characteristics().map { "\($0.falseAlarms) | \($0.power)" }
        print("| \(days) | \(designEffect) | \(cells.joined(separator: " | ")) |")
    }
}
