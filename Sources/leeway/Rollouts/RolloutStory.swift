import Drift
import Foundation
import RegistryClient
import Rollouts
import Statistics

extension RolloutSummary {
    /// Of each candidate.
    var verdicts: String {
        conclusion.verdicts.map { $0.rawValue.replacingOccurrences(of: "_", with: " ") }.joined(
            separator: ", ")
    }

    /// What is compared.
    var title: String {
        candidates.map { "version \($0)" }.joined(separator: ", ") + " against version \(control)"
    }

    /// As a person reads it.
    var story: String {
        var lines = [
            "rollout    \(id)", "model      \(model)", "champion   version \(control)",
            "candidate  " + candidates.map { "version \($0)" }.joined(separator: ", "),
            "phase      \(phase), since \(since.brief)", "verdict    \(verdicts)",
            "rule       \(conclusion.rule.rawValue)",
            "started    \(created.brief) by \(createdBy)"
                + (reason.isEmpty ? "" : ": \(reason)"),
        ]
        if let alert { lines.append("alert      \(alert)") }
        if let heard { lines.append("heard      \(heard.brief)") }
        if let ended { lines.append("ended      \(ended.brief)") }
        if let awaiting { lines.append("waits for  a person to approve: \(awaiting)") }
        lines += conclusion.findings.map { "found      \($0.sentence)" }
        lines += (progress?.missing ?? []).map { "missing    \($0)" }
        lines += shadowLines + holdoutLines
        return ([lines.joined(separator: "\n")] + tables).joined(separator: "\n\n")
    }

    private var tables: [String] {
        [shareTable, progress.map(unitTable), progress.map(measureTable)].compactMap(\.self) + shadowTables
    }

    private var shadowLines: [String] {
        guard let shadow else { return [] }
        let scored = shadow.scored.map { ", scored \($0.brief)" } ?? ""
        var lines = ["shadow     rows from \(shadow.since.brief) on\(scored)"]
        for gift in shadow.rows {
            lines.append(
                "rows       \(gift.agent), \(gift.dataset.prefix(12)) \(gift.state) \(gift.given.brief)")
        }
        if let obstacle = shadow.result?.obstacle { lines.append("obstacle   \(obstacle)") }
        for (candidate, reason) in (shadow.result?.unscorable ?? [:]).sorted(by: { $0.key < $1.key }) {
            lines.append("unscorable candidate \(candidate + 1): \(reason)")
        }
        if let reuse = shadow.holdout { lines.append("judged     by the shadow; \(reuse.sentence)") }
        return lines
    }

    private var holdoutLines: [String] {
        (holdouts ?? []).enumerated().compactMap { candidate, reuse in
            reuse.map { "judged     candidate \(candidate + 1), by its gate; \($0.sentence)" }
        }
    }

    private var shadowTables: [String] {
        (shadow?.result?.reports ?? []).enumerated().compactMap { candidate, report in
            report.map { "candidate \(candidate + 1) in the shadow: \(shadowInterval(candidate))\($0.text)" }
        }
    }

    /// By cluster, which decides.
    private func shadowInterval(_ candidate: Int) -> String {
        let intervals = progress?.figures.shadow ?? []
        guard intervals.indices.contains(candidate), let found = intervals[candidate] else { return "" }
        let bounds = found.lower.flatMap { lower in found.upper.map { ", \(brief(lower)) … \(brief($0))" } }
        return "by cluster \(brief(found.value))\(bounds ?? ", no interval yet"); "
    }

    private var shareTable: String? {
        guard let comparison else { return nil }
        var table = TextTable([("SINCE", .left), ("CONTROL", .right), ("CANDIDATES", .right)])
        for stage in comparison.stages {
            table.add([
                stage.since.brief, stage.shares.control.percent,
                stage.shares.candidates.map(\.percent).joined(separator: ", "),
            ])
        }
        return table.description
    }

    private func unitTable(_ progress: RolloutProgress) -> String {
        var table = TextTable([("ARM", .left), ("UNITS", .right), ("LABELLED", .right), ("EVENTS", .left)])
        for (arm, units) in progress.arms.enumerated() {
            let events = units.events.sorted { $0.key < $1.key }.map { "\($0.key.rawValue) \($0.value)" }
            table.add([
                arm == 0 ? "control" : "candidate \(arm)", "\(units.seen)", "\(units.labelled)",
                events.joined(separator: ", "),
            ])
        }
        return table.description
    }

    private func measureTable(_ progress: RolloutProgress) -> String {
        var table = TextTable([
            ("CANDIDATE", .right), ("METRIC", .left), ("DIFFERENCE", .right), ("INTERVAL", .left),
            ("P", .right),
            ("COUNT", .right), ("", .left),
        ])
        for (index, measures) in progress.figures.candidates.enumerated() {
            for measure in measures {
                table.add([
                    "\(index + 1)", measure.metric.rawValue, measure.value.map(brief) ?? "-",
                    measure.interval,
                    brief(measure.pValue), "\(measure.count)", measure.bearing?.rawValue ?? "",
                ])
            }
        }
        return Terminal.fitted(table.description)
            + "\ndifferences are the candidate's less the champion's; of events, the logarithm of the ratio of rates"
    }
}

extension RolloutFigures.Measure {
    fileprivate var interval: String {
        guard lower != nil || upper != nil else { return "-" }
        return "\(lower.map(brief) ?? "-∞") … \(upper.map(brief) ?? "∞")"
    }
}

extension RolloutFinding {
    fileprivate var sentence: String {
        let name = kind.rawValue.replacingOccurrences(of: "_", with: " ")
        return [name, candidate.map { "of candidate \($0 + 1)" }, metric?.rawValue].compactMap(\.self)
            .joined(separator: ", ")
    }
}

extension DecisionEntry {
    /// A line for those who watch.
    var sentence: String {
        let verdicts = after.conclusion.verdicts.map(\.rawValue).joined(separator: ", ")
        let said = actor == "rules" ? "" : ", said \(actor)"
        let why = missing.isEmpty ? "" : "; \(missing.joined(separator: "; "))"
        return
            "\(observation.time.brief)  \(after.name): \(after.conclusion.rule.rawValue)\(said); \(verdicts)\(why)"
    }
}

extension Double {
    fileprivate var percent: String { brief(self * 100) + " %" }
}
