import Drift
import Foundation
import HTTPTypes
import Hummingbird
import Jobs
import Registry

/// Programs that the registry runs, under `/api/v1`: how far they are, what they print, and how to end them. Nobody can
/// start one here.
struct JobRoutes: Sendable {
    let registry: Registry
    let canceller: any JobCanceller

    func add(to router: Router<RegistryContext>) {
        let group = router.group("api/v1")
        group.answer(.get, "jobs", list)
        group.answer(.get, "jobs/:job", show)
        group.get("jobs/:job/log") { try await log(APICall($0, $1)) }
        group.answer(.post, "jobs/:job/cancel", cancel)
    }

    private func list(_ call: APICall) async throws -> JSON {
        let jobs = try await registry.jobs(
            of: call.fields.nonEmptyText("model"), in: call.jobState(), limit: call.limit())
        return ["jobs": .array(jobs.map { JSON($0) })]
    }

    private func show(_ call: APICall) async throws -> JSON {
        JSON(try await registry.job(call.parameter("job")))
    }

    private func cancel(_ call: APICall) async throws -> JSON {
        let reason = try call.fields.text("reason") ?? ""
        guard reason.utf8.count <= 1000 else {
            throw APIError.badParameter("reason", "must have at most 1000 bytes")
        }
        return JSON(
            try await canceller.cancel(job: call.parameter("job"), reason: reason, by: call.actor))
    }

    // MARK: What it prints

    private static let longestWait = Duration.seconds(10)
    private static let pollInterval = Duration.milliseconds(200)
    private static let longestPiece = 1 << 20

    /// The log from an offset on. With `follow` an answer waits until there is more, the job has ended, or ten seconds
    /// are over; who goes on to ask from the next offset misses nothing, whatever happens to connections.
    private func log(_ call: APICall) async throws -> Response {
        let (id, offset) = (try call.parameter("job"), try call.offset())
        let patience = try call.fields.flag("follow") == true ? JobRoutes.longestWait : .zero
        let deadline = ContinuousClock.now + patience
        while true {
            // The state first: what has ended prints no more.
            let job = try await registry.job(id)
            let piece =
                try registry.log(ofJob: id).read(from: offset, limit: JobRoutes.longestPiece) ?? Data()
            if !piece.isEmpty || job.state.hasEnded || ContinuousClock.now >= deadline {
                return .log(piece, from: offset, of: job)
            }
            try await Task.sleep(for: JobRoutes.pollInterval)
        }
    }
}

extension Response {
    fileprivate static func log(_ piece: Data, from offset: Int64, of job: JobRecord) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8", .xContentTypeOptions: "nosniff",
                .nextOffset: "\(offset + Int64(piece.count))", .jobState: job.state.rawValue,
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: piece)))
    }
}

extension HTTPField.Name {
    /// Where the log goes on.
    fileprivate static let nextOffset = Self("Leeway-Next-Offset")!
    /// The job's state when this was read.
    fileprivate static let jobState = Self("Leeway-Job-State")!
}

// MARK: - What a call says

extension APICall {
    fileprivate func jobState() throws -> JobRecord.State? {
        guard let text = try fields.nonEmptyText("state") else { return nil }
        guard let state = JobRecord.State(rawValue: text) else {
            let states = JobRecord.State.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError.badParameter("state", "must be one of \(states), was \"\(text)\"")
        }
        return state
    }

    fileprivate func offset() throws -> Int64 {
        let offset = try fields.integer("offset") ?? 0
        guard offset >= 0 else {
            throw APIError.badParameter("offset", "must be at least 0, was \(offset)")
        }
        return offset
    }
}

// MARK: - Shapes

extension JSON {
    init(_ job: JobRecord) {
        self = [
            "id": .text(job.id), "kind": .text(job.order.kind.rawValue), "model": .text(job.order.model),
            "retrain_request": JSON(job.order.request), "run": JSON(job.order.run),
            "command": .text(job.order.command), "state": .text(job.state.rawValue),
            "reason": .text(job.reason), "progress": job.progress.map { JSON($0) } ?? .null,
            "created": .time(job.created), "started": .time(job.started), "finished": .time(job.finished),
            "pid": job.state == .running ? JSON(job.pid) : .null, "exit_code": JSON(job.exitCode),
            "cpu_seconds": job.use.map { .number($0.cpu / .seconds(1)) } ?? .null,
            "peak_memory_bytes": JSON(job.use?.peakMemory),
            "last_errors": .list(job.lastErrors.map(JSON.text)),
        ]
    }

    private init(_ progress: JobProgress) {
        self = [
            "event": .text(progress.event), "rounds": JSON(progress.rounds.map(Int64.init)),
            "of": JSON(progress.of.map(Int64.init)),
            "metrics": .object(progress.metrics.mapValues(JSON.number)),
        ]
    }
}

extension MetricFamily {
    static func jobs(_ counts: [JobRecord.State: Int64]) -> MetricFamily {
        MetricFamily(
            name: "leeway_registry_jobs", help: "Jobs that are remembered, by state.", kind: .gauge,
            samples: JobRecord.State.allCases.map {
                MetricFamily.Sample(Double(counts[$0] ?? 0), labels: [("state", $0.rawValue)])
            })
    }
}
