import Glibc
import Rollouts
import Statistics

/// A holdout of days of rows, whose champion and candidate know more or less of the truth.
struct Holdout {
    var labels: [Double] = []
    var champion: [Double] = []
    var candidate: [Double] = []
    var days: [Int] = []

    /// - Parameters:
    ///   - champion: how much noise blurs what the model sees of the log odds; and the candidate's.
    init(
        days: Int = 30, rowsADay: Int = 40, championNoise: Double = 1, candidateNoise: Double = 0.5,
        seed: UInt64 = 1
    ) {
        var random = SplitMix64(state: seed)
        for day in 0..<days {
            for _ in 0..<rowsADay {
                let logit = 2 * random.normal()
                labels.append(Double.random(in: 0..<1, using: &random) < logistic(logit) ? 1 : 0)
                champion.append(logistic(logit + championNoise * random.normal()))
                candidate.append(logistic(logit + candidateNoise * random.normal()))
                self.days.append(day)
            }
        }
    }

    func rows() throws -> GateRows {
        try GateRows(
            .binary, labels: labels, champion: ModelScores(champion), candidate: ModelScores(candidate),
            clusterKeys: days)
    }

    /// The candidate's as the first model of a name.
    func first() throws -> GateRows {
        try GateRows(.binary, labels: labels, candidate: ModelScores(candidate), clusterKeys: days)
    }
}

extension SplitMix64 {
    /// About normal: a sum of twelve uniform numbers.
    mutating func normal() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
    }
}

extension GatePolicy {
    static func asking(
        auc floor: Double = 0.6, _ goal: Success.Goal = .superior, margin: Double = 0,
        guards: [PerformanceMetric: Double] = [:]
    ) -> GatePolicy {
        GatePolicy(
            floors: [.auc: floor], success: Success(.logLoss, goal, margin: margin), guards: guards,
            slices: Slices(minimumRows: 100), replicates: 400)
    }
}

extension GateReport {
    func outcome(_ kind: Check.Kind) -> [Check.Outcome] {
        checks.filter { $0.kind == kind }.map(\.outcome)
    }
}

func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
