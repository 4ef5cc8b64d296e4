import Rollouts
import Statistics

extension GateReport {
    /// For people, within 80 columns.
    var text: String {
        [head, table, checkList].filter { !$0.isEmpty }.joined(separator: "\n\n")
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

extension IntervalEstimate {
    fileprivate var interval: String? {
        guard let lower, let upper else { return nil }
        return "\(brief(lower)) to \(brief(upper))"
    }
}
