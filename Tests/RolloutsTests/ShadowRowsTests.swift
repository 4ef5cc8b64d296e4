import Drift
import Foundation
import Statistics
import Testing

@testable import Rollouts

@Suite struct ShadowRowsTests {
    private func moment(hour: Int64) -> Timestamp { .launch.advanced(by: hour * 3_600_000_000_000) }

    private func rows(
        _ task: GateTask = .binary, hours: [Int64] = [30, 1, 2, 29], labels: [Double] = [1, 0, 1, 0],
        champion: [Double] = [0.8, 0.4, 0.6, 0.6], candidate: [Double] = [0.9, 0.2, 0.4, 0.3]
    ) throws -> ShadowRows {
        try ShadowRows(
            task, times: hours.map(moment), labels: labels, champion: ModelScores(champion),
            candidate: ModelScores(candidate))
    }

    @Test func `losses are paired by row, and differences summed by cluster in the order of time`() throws {
        let report = try rows().report(.logLoss, cluster: 86_400, alpha: 0.05)
        #expect(report.rows == 4 && report.first == moment(hour: 1) && report.last == moment(hour: 30))
        #expect(report.differences.map(\.start) == [.launch, moment(hour: 24)])
        #expect(report.differences.map(\.count) == [2, 2])
        // −ln of what each gave to what came.
        let first = (log(0.6) - log(0.8)) + (log(0.6) - log(0.4))
        let second = (log(0.4) - log(0.7)) + (log(0.8) - log(0.9))
        #expect(abs(report.differences[0].sum - first) < 1e-12)
        #expect(abs(report.differences[1].sum - second) < 1e-12)
        #expect(abs(report.candidate.loss - report.champion.loss - (first + second) / 4) < 1e-12)
    }

    @Test func `clusters are as long as the policy says, before 1970 too`() throws {
        let report = try rows().report(.wrong, cluster: 3600, alpha: 0.05)
        #expect(report.differences.map(\.start) == [1, 2, 29, 30].map(moment))
        #expect(report.differences.map(\.sum) == [0, 1, -1, 0])
        let old = try ShadowRows(
            .regression, times: [Timestamp(nanoseconds: -1), Timestamp(nanoseconds: .min)], labels: [0, 0],
            champion: ModelScores([1, 1]), candidate: ModelScores([1, 3])
        ).report(.absoluteError, cluster: 10, alpha: 0.05)
        #expect(old.differences.map(\.start.nanoseconds) == [.min, -10_000_000_000])
    }

    @Test func `for people: agreement, calibration of both, and tests by row`() throws {
        let report = try rows().report(.logLoss, cluster: 86_400, alpha: 0.05)
        #expect(report.agreement == 0.5)
        #expect(abs(report.champion.bias! - (2.4 - 2) / 4) < 1e-12)
        #expect(report.candidate.calibrationError! > 0)
        #expect(report.byRow.mcnemar?.onlyChampionRight == 1 && report.byRow.mcnemar?.onlyCandidateRight == 1)
        // In the order of event times, whatever the file's.
        var sequence = EmpiricalBernstein(alpha: 0.05, range: -1...1)
        for (own, theirs, label) in [(0.2, 0.4, 0.0), (0.4, 0.6, 1), (0.3, 0.6, 0), (0.9, 0.8, 1)] {
            sequence.observe((own - label) * (own - label) - (theirs - label) * (theirs - label))
        }
        #expect(report.byRow.metric == .brier && report.byRow.pValue == sequence.evidence.pValue)
        #expect(abs(report.byRow.difference!.value - sequence.interval.value) < 1e-12)
    }

    @Test func `each task has losses of its own`() throws {
        let regression = try rows(
            .regression, labels: [1, 2, 3, 4], champion: [1, 2, 3, 4], candidate: [2, 2, 3, 2])
        #expect(try regression.report(.squaredError, cluster: 1, alpha: 0.05).candidate.loss == 5.0 / 4)
        let report = try regression.report(.absoluteError, cluster: 1, alpha: 0.05)
        #expect(report.candidate.loss == 3.0 / 4 && report.candidate.bias == -1.0 / 4)
        #expect(report.agreement == nil && report.byRow == ShadowReport.ByRow())
        let classes = try rows(
            .multiclass, labels: [0, 1, 2, 2], champion: [0, 1, 1, 2], candidate: [0, 0, 1, 3])
        let decided = try classes.report(.wrong, cluster: 1, alpha: 0.05)
        #expect(decided.champion.loss == 0.25 && decided.candidate.loss == 0.75 && decided.agreement == 0.5)
        #expect(decided.byRow.metric == .wrong)
    }

    @Test func `what cannot be compared is named`() throws {
        #expect(throws: ShadowError.noRows) { try rows(hours: [], labels: [], champion: [], candidate: []) }
        #expect(throws: ShadowError.count(of: "the champion's scores", found: 3, expected: 4)) {
            try rows(champion: [0.1, 0.2, 0.3])
        }
        let ranks = try rows(candidate: [3, -1, 0, 2])
        let error = #expect(throws: ShadowError.self) { try ranks.report(.logLoss, cluster: 1, alpha: 0.05) }
        #expect(
            error == .notAProbability(.logLoss, model: "the candidate", score: -1) && error!.isOfCandidate)
        #expect(try ranks.report(.wrong, cluster: 1, alpha: 0.05).byRow.metric == .wrong)
        let both = try rows(champion: [3, 0, 0, 0], candidate: [3, 0, 0, 0])
        #expect(throws: ShadowError.notAProbability(.brier, model: "the champion", score: 3)) {
            try both.report(.brier, cluster: 1, alpha: 0.05)
        }
        #expect(throws: ShadowError.metric(.absoluteError, .binary)) {
            try ranks.report(.absoluteError, cluster: 1, alpha: 0.05)
        }
        let vast = try rows(.regression, champion: [1e200, 0, 0, 0], candidate: [0, 0, 0, 0])
        #expect(throws: ShadowError.notFinite(.squaredError)) {
            try vast.report(.squaredError, cluster: 1, alpha: 0.05)
        }
    }
}
