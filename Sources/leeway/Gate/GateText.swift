import Rollouts
import Statistics

extension GateReport {
    /// For people, within 80 columns.
    var text: String {
        [head, table, checkList, holdout?.sentence ?? ""].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var head: String {
        let what = "\(rows) rows in \(clusters) clusters"
        guard verdict != .pass else { return "pass: \(what)" }
        return "\(verdict.rawValue.alarming): \(what)\n"
            + reasons.map { "  \($0.onOneLine)" }.joined(separator: "\n")
    }

    private var table: String {
        var table = TextTable([
            ("METRIC", .left), ("CANDIDATE", .right), ("CHAMPION", .right), ("DIFFERENCE", .right),
            ("INTERVAL", .left),
        ])
        for (metric, measure) in measures.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let shown = measure.difference ?? measure.candidate
            table.add([
                metric.rawValue, measure.candidate.map { brief($0.value) } ?? "",
                measure.champion.map { brief($0.value) } ?? "",
                measure.difference.map { brief($0.value) } ?? "", shown?.interval ?? "",
            ])
        }
        return table.description
    }

    private var checkList: String {
        checks.map { check in
            let sign =
                switch check.outcome {
                case .holds: "holds"
                case .broken: "broken".alarming
                case .undecided: "open"
                }
            return "\(sign): \(check.reason.onOneLine)"
        }.joined(separator: "\n")
    }
}

extension GateReport.HoldoutReuse {
    /// Which candidate of the model this is that the rows have judged.
    var sentence: String {
        let others = overlapping > 0 ? "; \(overlapping) more were judged by other rows of the same time" : ""
        let luck = before > 0 ? ": with each it is more likely that one passes by luck" : ""
        return "holdout: these rows have judged \(before) candidates of the model before\(others)\(luck)"
    }
}

extension IntervalEstimate {
    fileprivate var interval: String? {
        guard let lower, let upper else { return nil }
        return "\(brief(lower)) to \(brief(upper))"
    }
}
