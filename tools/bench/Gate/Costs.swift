import Foundation
import Rollouts
import Statistics

/// Rows of two models that see the truth through noise.
struct SimulatedRows {
    var labels: [Double] = []
    var champion: [Double] = []
    var candidate: [Double] = []

    init(count: Int, seed: UInt64) {
        var random = SplitMix64(state: seed)
        for _ in 0..<count {
            let logit = 2 * random.normal()
            labels.append(Double.random(in: 0..<1, using: &random) < logistic(logit) ? 1 : 0)
            champion.append(logistic(logit + random.normal()))
            candidate.append(logistic(logit + random.normal() / 2))
        }
    }

    func gateRows(clusters: Int) throws -> GateRows {
        try GateRows(
            .binary, labels: labels, champion: ModelScores(champion), candidate: ModelScores(candidate),
            clusterKeys: labels.indices.map { $0 % clusters })
    }
}

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

extension SplitMix64 {
    /// About normal: a sum of twelve uniform numbers.
    mutating func normal() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
    }
}

func printCosts(rows count: Int) throws {
    let rows = SimulatedRows(count: count, seed: 1)
    let isPositive = rows.labels.map { $0 == 1 }
    print("| what, on \(count) rows | seconds |\n|---|---|")
    time("DeLong's paired test") {
        _ = DeLongTest(scores: rows.candidate, otherScores: rows.champion, isPositive: isPositive)
    }
    for clusters in [30, 365, 1000, 100_000] {
        let gateRows = try rows.gateRows(clusters: clusters)
        let policy = GatePolicy(floors: [.auc: 0.6], success: .init(.logLoss))
        try time("the whole gate, \(clusters) clusters, 2,000 replicates, eight measures") {
            _ = try Gate(policy).judge(gateRows)
        }
    }
}

private func time(_ what: String, _ body: () throws -> Void) rethrows {
    let seconds = try ContinuousClock().measure(body) / .seconds(1)
    print("| \(what) | \(String(format: "%.2f", seconds)) |")
}
