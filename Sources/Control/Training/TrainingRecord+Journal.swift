import Foundation
import Jobs
import Registry
import Retraining
import Rollouts

extension TrainingRecord {
    func json() throws -> Data { try plainJSON(self) }

    /// A command logs what it was told by names of its own.
    var params: [String: String] {
        var params = [
            "leeway.recipe": recipe.digest, "leeway.seed": "\(recipe.seed)",
            "leeway.threads": "\(recipe.threads)",
            "leeway.labels_until": "\(now)",
            "leeway.label_delay": recipe.labelDelay.duration.configurationText,
            "leeway.holdout": recipe.holdout.duration.configurationText,
            "leeway.gap": recipe.gap.duration.configurationText,
        ]
        params["leeway.from"] = from.map { "\($0)" }
        if case .xgboost(_, let rounds, let earlyStopping) = recipe.trainer {
            params["rounds"] = "\(rounds)"
            params["early_stopping"] = earlyStopping.map { "\($0)" }
        }
        if case .command(let words) = recipe.trainer {
            params["leeway.command"] = JobCommand(words[0], Array(words.dropFirst())).text
        }
        return params
    }

    var tags: [String: String] {
        var tags = ["leeway.machine": environment.machine, "leeway.version": environment.leeway]
        tags["mlflow.source.git.commit"] = environment.code?.commit
        tags["leeway.asked_commit"] = cause.commit
        tags["leeway.git.changes"] = environment.code?.changes
        return tags
    }

    func versionTags(_ report: GateReport) -> [Tag] {
        let tags = [
            "leeway.request": request, "leeway.gate": report.verdict.rawValue, "leeway.dataset": dataset,
            "leeway.payload": payload,
        ]
        return tags.compactMap { key, value in value.map { Tag(key: key, value: $0) } }
            .sorted { $0.key < $1.key }
    }
}

extension RetrainRequest {
    func json() throws -> Data { try plainJSON(self) }
}

extension GateReport {
    /// The verdict and why, without what is said of every holdout that is large enough.
    var sentence: String {
        let telling = verdict == .pass ? checks.filter { $0.kind != .size }.map(\.reason) : reasons
        return "\(verdict.rawValue): \(telling.joined(separator: "; "))"
    }

    /// What a run shows of it.
    var metrics: [String: Double] {
        var metrics: [String: Double] = [:]
        for (metric, measure) in measures {
            metrics["candidate.\(metric.rawValue)"] = measure.candidate?.value
            metrics["champion.\(metric.rawValue)"] = measure.champion?.value
            metrics["difference.\(metric.rawValue)"] = measure.difference?.value
        }
        return metrics
    }
}

extension RunJournal {
    /// What its jobs have printed.
    func keepLogs(of jobs: TrainingJobs) async throws {
        for (name, path) in try await jobs.logs() { try await put(file: path, "logs/\(name)") }
    }
}

/// For people to read, and the same for the same value.
private func plainJSON(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
}
