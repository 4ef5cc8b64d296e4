import Crypto
import Foundation
import Jobs
import Registry
import Rollouts

extension CandidateMaking {
    /// What windows will be compared with once the candidate serves.
    func describe(_ record: TrainingRecord) async throws {
        let reference = folder["model/reference.json"]
        var arguments = [
            "reference", "build", "--input", folder["rows/training.csv"], "--schema", schemaPath,
            "--time-column=\(record.timeColumn)", "--output", reference,
        ]
        switch recipe.blocks {
        case .rows(let count): arguments += ["--window", "\(count)"]
        case .time(let length, let offset):
            arguments += ["--window", "\(length.duration.components.seconds)s"]
            arguments += ["--offset", "\(offset.duration.components.seconds)s"]
        }
        if schema.schema.prediction != nil {
            arguments += ["--held-out", holdout, "--scores", folder["candidate.csv"]]
        }
        try await jobs.run(.reference, JobCommand(programs.leeway, arguments))
    }

    func conclude(
        _ record: TrainingRecord, _ report: GateReport, _ champion: Champion?
    ) async throws -> RetrainRecord {
        guard let json = folder.read("gate.json") else { throw TrainingFailure("the gate left no report") }
        try folder.write(json, "model/gate.json")
        try folder.write(record.json(), "model/\(TrainingRecord.fileName)")
        try folder.write(schema.json, "model/schema.json")
        try await journal.put(json, "gate.json")
        try await journal.log(metrics: report.metrics.map { ($0.key, $0.value, 0) })
        try await journal.log(tags: ["leeway.gate": report.verdict.rawValue])
        let origin = try await journal.logModel(ModelFiles(folder["model"]), metrics: report.metrics)
        try await journal.keepLogs(of: jobs)
        try await journal.end(.finished)
        return try await registry.conclude(
            training.lease,
            with: JudgedVersion(
                origin: origin, description: record.cause.reason, tags: record.versionTags(report),
                rival: champion?.version, verdict: .init(report.verdict),
                reason: report.sentence, evidence: SHA256.hash(data: json).hexadecimal),
            by: .registry)
    }
}

extension JudgedVersion.Verdict {
    fileprivate init(_ verdict: GateReport.Verdict) {
        self =
            switch verdict {
            case .pass: .passes
            case .fail: .fails
            case .inconclusive: .open
            }
    }
}
