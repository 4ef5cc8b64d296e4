import Rollouts
import Statistics
import Testing

@Suite struct GateErrorTests {
    private static let valid = [0.0, 1, 0, 1]

    private func rows(
        labels: [Double] = valid, champion: [Double] = valid, candidate: [Double] = valid, clusters: Int = 4
    ) throws(GateError) -> GateRows {
        try GateRows(
            .binary, labels: labels, champion: ModelScores(champion), candidate: ModelScores(candidate),
            clusterKeys: Array(0..<clusters))
    }

    @Test func `a policy without a floor is an error, not a pass`() {
        let policy = GatePolicy(floors: [:], success: .init(.logLoss))
        #expect(throws: GateError.noFloors) { try Gate(policy) }
    }

    @Test func `rows that cannot be compared are refused by what is wrong and where`() {
        #expect(throws: GateError.noRows) { try rows(labels: []) }
        #expect(throws: GateError.notFinite("labels", row: 2)) { try rows(labels: [0, 1, .nan, 1]) }
        #expect(throws: GateError.notFinite("the champion's scores", row: 0)) {
            try rows(champion: [.infinity, 1, 0, 1])
        }
        #expect(throws: GateError.notFinite("the candidate's scores", row: 3)) {
            try rows(candidate: [0, 1, 0, .nan])
        }
        #expect(throws: GateError.count(of: "the candidate's scores", found: 3, expected: 4)) {
            try rows(candidate: [0, 1, 0])
        }
        #expect(throws: GateError.count(of: "cluster keys", found: 5, expected: 4)) { try rows(clusters: 5) }
        #expect(throws: GateError.label(2, row: 1)) { try rows(labels: [0, 2, 1, 0]) }
        #expect(throws: GateError.oneClass(label: 1, rows: 4)) { try rows(labels: [1, 1, 1, 1]) }
    }

    @Test func `a metric of another task is refused with those there are`() throws {
        let policy = GatePolicy(floors: [.rmse: 1], success: .init(.logLoss))
        let error = #expect(throws: GateError.self) { try Gate(policy).judge(rows()) }
        #expect(
            error?.description.hasPrefix(
                "the gate's policy: floors names rmse, which no binary model has; use one of log_loss, brier")
                == true)
    }

    @Test func `a log loss of scores that are no probabilities is refused by the first of them`() throws {
        let policy = GatePolicy(floors: [.auc: 0.6], success: .init(.logLoss))
        #expect(throws: GateError.notAProbability(.logLoss, model: "champion", score: -3, row: 1)) {
            try Gate(policy).judge(rows(champion: [0, -3, 0, 1]))
        }
    }

    @Test func `scores that are ranks are judged by their area alone`() throws {
        var holdout = Holdout()
        holdout.candidate = holdout.candidate.map { 10 * $0 }
        var policy = GatePolicy.asking()
        policy.success = .init(.auc)
        let report = try Gate(policy).judge(holdout.rows())
        #expect(report.verdict == .pass, "\(report.reasons)")
        #expect(report.measures[.logLoss] == nil)
        #expect(report.plots?.candidate.calibration == nil)
        #expect(report.plots?.champion?.calibration != nil)
    }

    @Test func `a slice of rows that are not there is refused`() throws {
        #expect(throws: GateError.slice("a", row: 4, rows: 4)) {
            try Gate(.asking()).judge(rows(), slices: [GateSlice("a", rows: [0, 4])])
        }
    }

    @Test func `retrainings are of the same rows`() throws {
        #expect(throws: GateError.count(of: "the candidate's scores", found: 1, expected: 4)) {
            try Gate(.asking()).judge(rows(), retrains: [ModelScores([0.5])])
        }
    }

    @Test func `a thousand classes are taken for a regression`() {
        let labels = (0..<1001).map(Double.init)
        #expect(throws: GateError.tooManyClasses(1001)) {
            try GateRows(
                .multiclass, labels: labels, candidate: ModelScores(labels),
                clusterKeys: Array(labels.indices))
        }
    }
}
