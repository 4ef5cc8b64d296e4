package import Drift
package import Foundation

/// A program that the registry runs, as its API shows it.
package struct JobSummary: Decodable, Sendable {
    package struct Progress: Decodable, Sendable {
        package var event: String
        package var rounds: Int?
        package var of: Int?
        package var metrics: [String: MetricValue]
    }

    package var id: String
    package var kind: String
    package var model: String
    package var retrainRequest: String?
    package var run: String?
    package var command: String
    package var state: String
    package var reason: String
    package var progress: Progress?
    package var created: Timestamp
    package var started: Timestamp?
    package var finished: Timestamp?
    package var pid: Int?
    package var exitCode: Int?
    package var cpuSeconds: Double?
    package var peakMemoryBytes: Int?
    package var lastErrors: [String]?

    private enum CodingKeys: String, CodingKey {
        case id, kind, model, run, command, state, reason, progress, created, started, finished, pid
        case retrainRequest = "retrain_request"
        case exitCode = "exit_code"
        case cpuSeconds = "cpu_seconds"
        case peakMemoryBytes = "peak_memory_bytes"
        case lastErrors = "last_errors"
    }
}

/// A part of what a job has printed.
package struct JobLogPiece: Sendable {
    package var bytes: Data
    /// Where the next one begins.
    package var next: Int
    /// The job's state, read before the bytes.
    package var state: String

    /// There will be no more.
    package var isLast: Bool { bytes.isEmpty && state != "queued" && state != "running" }
}

extension RegistryClient {
    /// Newest first.
    package func jobs(
        of model: String?, in state: String?, limit: Int
    ) async throws(RegistryClientError) -> Answer<[String: [JobSummary]]> {
        try await get("/api/v1/jobs", query: [("model", model), ("state", state), ("limit", "\(limit)")])
    }

    package func job(_ id: String) async throws(RegistryClientError) -> Answer<JobSummary> {
        try await get(path(ofJob: id))
    }

    package func cancelJob(
        _ id: String, reason: String?
    ) async throws(RegistryClientError) -> Answer<JobSummary> {
        try await send("POST", path(ofJob: id) + "/cancel", body: ["reason": AnyJSON(reason)])
    }

    /// What a job has printed from an offset on.
    ///
    /// - Parameter follow: wait for a while until there is more.
    package func log(
        ofJob id: String, from offset: Int, follow: Bool
    ) async throws(RegistryClientError) -> JobLogPiece {
        let path = path(ofJob: id) + "/log"
        let (body, header) = try await bytes(
            path, query: [("offset", "\(offset)"), ("follow", follow ? "true" : "false")])
        guard let next = header("Leeway-Next-Offset").flatMap({ Int($0) }),
            let state = header("Leeway-Job-State")
        else {
            throw RegistryClientError(
                .malformed, address,
                "GET \(path): the answer is not what a leeway registry gives; does another server listen there?"
            )
        }
        return JobLogPiece(bytes: body, next: next, state: state)
    }

    /// The id of the one job that is meant by its id or the beginning of it.
    package func id(ofJob text: String) async throws(RegistryClientError) -> String {
        if text.utf8.count == 32 { return text }
        let all = try await jobs(of: nil, in: nil, limit: 1000).value["jobs"] ?? []
        let found = all.map(\.id).filter { $0.hasPrefix(text.lowercased()) }
        guard let id = found.first else {
            throw RegistryClientError(
                .notFound, address, "no job begins with \(text); `leeway job list` has them")
        }
        guard found.count == 1 else {
            throw RegistryClientError(
                .notFound, address, "several jobs begin with \(text): \(found.joined(separator: ", "))")
        }
        return id
    }

    private func path(ofJob id: String) -> String { "/api/v1/jobs/\(id.percentEncoded)" }
}
