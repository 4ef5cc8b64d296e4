import Drift
import Rollouts

extension ShadowReport {
    /// For people, within 80 columns.
    var text: String {
        [head, figures, byRowText].joined(separator: "\n\n")
    }

    private var head: String {
        "\(rows) rows of \(first.brief) to \(last.brief) in \(differences.count) clusters"
            + (agreement.map { "; both decide alike in \(brief($0 * 100)) %" } ?? "")
    }

    private var figures: String {
        var table = TextTable([
            ("MODEL", .left), (metric.rawValue.uppercased(), .right), ("BIAS", .right),
            ("CALIBRATION ERROR", .right),
        ])
        for (name, figures) in [("champion", champion), ("candidate", candidate)] {
            table.add([
                name, brief(figures.loss), figures.bias.map(brief) ?? "-",
                figures.calibrationError.map(brief) ?? "-",
            ])
        }
        return table.description
    }

    /// Of tests that take rows for independent.
    private var byRowText: String {
        var lines = ["by row, as if rows were independent (decides nothing):"]
        if let metric = byRow.metric, let difference = byRow.difference, let p = byRow.pValue {
            let interval = "\(brief(difference.lower ?? -1)) … \(brief(difference.upper ?? 1))"
            lines.append(
                "  \(metric.rawValue) differs by \(brief(difference.value)), \(interval); p \(brief(p))")
        }
        if let mcnemar = byRow.mcnemar {
            lines.append(
                "  right alone: champion \(mcnemar.onlyChampionRight), candidate \(mcnemar.onlyCandidateRight); McNemar's "
                    + "exact p \(brief(mcnemar.exactPValue))")
        }
        return lines.joined(separator: "\n")
    }
}
