import ArgumentParser
import Control
import Drift
import Foundation
import RegistryClient
import Retraining
import Rollouts

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract:
            "Tell how a version came to be: alert, request, dataset, run, gate, rollouts, and who let it serve."
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "A version, or the alias of one, such as champion.")
    var version: String

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        let story = try await TrainingStory(number(client), of: model, from: client)
        guard options.json else { return print(story.text) }
        printJSON(
            try JSONSerialization.data(
                withJSONObject: story.json, options: [.sortedKeys, .withoutEscapingSlashes]))
    }

    private func number(_ client: RegistryClient) async throws -> Int {
        if let number = Int(version) { return number }
        let aliases = try await client.model(model).value.aliases
        guard let alias = aliases.first(where: { $0.alias == version }) else {
            let names = aliases.map(\.alias).joined(separator: ", ")
            throw CommandFailure(
                message: "leeway: \(version) is no version of \(model), and no alias of one; it has "
                    + (names.isEmpty ? "none" : names))
        }
        return alias.version
    }
}

extension TrainingStory {
    /// For people: each step with what led to it, oldest first.
    var text: String {
        let aliases = version.aliases.isEmpty ? "" : ", " + version.aliases.joined(separator: ", ")
        let title = "\(version.model), version \(version.version)\(aliases)"
        let chapters = [alerts, asked, rows, training, verdict, compared, service].compactMap(\.self)
        return ([title.onOneLine] + chapters).joined(separator: "\n\n")
    }

    private var alerts: String? {
        guard let request, !request.request.evidence.isEmpty else { return nil }
        var table = TextTable([
            ("WINDOW", .left), ("ALERT", .left), ("FEATURE", .left), ("MEASURE", .left), ("VALUE", .right),
            ("LIMIT", .right), ("ROWS", .right), ("FROM", .left),
        ])
        for piece in request.request.evidence {
            let state = piece.isFiring ? piece.severity.rawValue : "resolved"
            table.add([
                piece.window.start.brief, "\(piece.kind), \(state)", piece.feature, piece.measure,
                brief(piece.value), piece.threshold.map(brief) ?? "-", "\(piece.rows)", piece.source,
            ])
        }
        return chapter("ALERTS", table.description)
    }

    private var asked: String? {
        guard let request else {
            return chapter("REQUEST", "none: nobody asked the registry to train this version")
        }
        let cause = request.request.cause
        return chapter(
            "request", request.id.prefix(12),
            [
                "\(cause.trigger.rawValue): \(cause.reason)",
                cause.commit.map { "commit \($0)" },
                request.request.rowWindow.map { "about rows of \($0.start.brief) to \($0.end.brief)" },
                "proposed \(request.proposed.brief) by \(request.proposedBy)"
                    + (request.proposals > 1 ? ", \(request.proposals) times" : ""),
                "\(request.state) \(request.finished?.brief ?? ""): \(request.reason)",
            ])
    }

    private var rows: String? {
        guard let dataset else {
            return record.map { chapter("dataset", $0.dataset.prefix(12), ["the registry has it no more"]) }
        }
        let span = dataset.first.flatMap { first in dataset.last.map { "of \(first.brief) to \($0.brief)" } }
        return chapter(
            "dataset", dataset.id.prefix(12),
            [
                "\(dataset.rows ?? 0) rows, \(dataset.labelled ?? 0) with a label\(span.map { ", \($0)" } ?? "")",
                dataset.labelCutoff.map { "labels known until \($0.brief)" },
                dataset.source.flatMap { source in
                    source.isEmpty
                        ? nil
                        : source.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                            .joined(separator: ", ")
                },
            ])
    }

    private var training: String? {
        guard let run = version.run, !run.isEmpty else {
            return chapter("RUN", "none: the version was registered from \(version.source)")
        }
        guard let record else { return chapter("run", run[...], ["not trained by this registry"]) }
        return chapter(
            "run", run[...],
            [
                record.recipe.trainerText,
                "labels until \(record.now.brief); holdout \(record.recipe.holdout.duration.configurationText), gap "
                    + record.recipe.gap.duration.configurationText
                    + (record.from.map { ", rows from \($0.brief) on" } ?? ""),
                "on \(record.environment.machine), \(record.environment.processor), \(record.environment.system)",
                record.environment.code.map {
                    "code at commit \($0.commit)"
                        + ($0.changes.map { ", changed since: \($0.prefix(12))" } ?? "")
                },
                record.payload.map { "payload \($0)" },
                record.payload.map { _ in "trained again by: leeway reproduce \(run)" },
            ])
    }

    private var verdict: String? { gate.map { chapter("GATE", $0.text) } }

    private var compared: String? {
        guard !rollouts.isEmpty else { return nil }
        return rollouts.map { rollout in
            chapter(
                "rollout", rollout.id.prefix(12),
                [
                    rollout.title,
                    "\(rollout.phase) \(rollout.since.brief), by rule \(rollout.conclusion.rule.rawValue)",
                    "verdict: \(rollout.verdicts)",
                ])
        }.joined(separator: "\n\n")
    }

    private var service: String? {
        guard !moves.isEmpty else { return chapter("SERVICE", "no alias has named it") }
        return chapter(
            "service", "",
            moves.map { move in
                let what = move.version == version.version ? "became" : "no longer"
                let why = move.reason.isEmpty ? "" : ": \(move.reason)"
                return "\(move.time.brief) \(what) \(move.alias), by \(move.actor)\(why)"
            })
    }

    private func chapter(_ title: String, _ id: Substring, _ lines: [String?]) -> String {
        chapter("\(title.uppercased()) \(id)", lines.compactMap { $0?.onOneLine }.joined(separator: "\n"))
    }

    private func chapter(_ title: String, _ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return ([title.onOneLine] + lines.map { Terminal.wrapped("  \($0)", hanging: 4) }).joined(
            separator: "\n")
    }
}

extension RetrainRequest {
    /// Where it is about rows, and not about its moment.
    fileprivate var rowWindow: Window? { window.flatMap { $0.start < $0.end ? $0 : nil } }
}

extension TrainingRecipe {
    /// Who trains, in a line.
    fileprivate var trainerText: String {
        let who =
            switch trainer {
            case .command(let words): words.joined(separator: " ")
            case .xgboost(_, let rounds, let earlyStopping):
                "xgboost, at most \(rounds) rounds"
                    + (earlyStopping.map { ", stopping \($0) after the best" } ?? "")
                    + ", \(String(decoding: (try? parameters()) ?? Data(), as: UTF8.self))"
            }
        return "\(who); seed \(seed), \(threads) threads"
    }
}
