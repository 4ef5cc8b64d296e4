import Foundation
import Jobs
import Registry

/// Runs the jobs of one training, or of one shadow.
struct TrainingJobs: Sendable {
    let runner: JobRunner
    let registry: Registry
    /// Its name.
    let model: String
    /// `nil` for those of the configuration.
    let limits: JobLimits?
    /// The ids of the request and of the run that they are for; a shadow has neither.
    var request: String?
    var run: String?

    /// - Parameter answers: exit codes beside 0 that are answers, not failures.
    /// - Throws: `TrainingFailure`, `TrainingStopped`.
    @discardableResult
    func run(
        _ kind: JobOrder.Kind, _ command: JobCommand, rounds: Int? = nil, answers: Set<Int32> = []
    ) async throws -> JobRecord {
        var order = JobRequest(
            kind, of: model, command, for: request, run: run, rounds: rounds, limits: limits)
        order.answers = answers
        let job = try await runner.run(order)
        switch job.state {
        case .succeeded: return job
        case .cancelled: throw TrainingStopped.cancelled("job \(job.id.prefix(12)) was \(job.reason)")
        case .interrupted: throw TrainingStopped.interrupted
        case .failed, .queued, .running:
            throw TrainingFailure("\(kind.rawValue), job \(job.id.prefix(12)): \(job.reason)")
        }
    }

    /// What a program has printed of one event: its lines of JSON, as `leeway-trainer` prints them.
    func events<Event: Decodable>(_ name: String, of job: JobRecord, as type: Event.Type) throws -> [Event] {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        let lines = try log(of: job).split(separator: UInt8(ascii: "\n"))
        return lines.filter { $0.first == UInt8(ascii: "{") }.compactMap { line in
            guard (try? decoder.decode(Named.self, from: line))?.event == name else { return nil }
            return try? decoder.decode(Event.self, from: line)
        }
    }

    private struct Named: Decodable { var event: String }

    /// All that it has printed.
    func log(of job: JobRecord) throws -> Data {
        try registry.log(ofJob: job.id).read(from: 0, limit: .max) ?? Data()
    }

    /// The jobs of this run, with the files of their logs.
    func logs() async throws -> [(name: String, path: String)] {
        let jobs = try await registry.jobs(of: model, limit: 1000).filter { $0.order.run == run }
        return jobs.reversed().enumerated().map { place, job in
            ("\(place + 1)-\(job.order.kind.rawValue).log", registry.log(ofJob: job.id).path)
        }.filter { FileManager.default.fileExists(atPath: $0.path) }
    }
}
