import ConfigurationFile
import Foundation
import Glibc
import Jobs
import Retraining

/// Reads a training set's file in a process of its own, `leeway dataset inspect`: what others wrote may take memory,
/// time, or the process down with it.
struct TrainingSetReader: Sendable {
    enum Outcome: Equatable, Sendable {
        /// With the file of its reference, which is there until the next is read.
        case read(TrainingSetFacts, reference: String)
        case unusable(String)
    }

    /// For what passes between the two.
    let folder: String
    let limits: InspectionLimits
    /// The program, this one unless a test says otherwise.
    var program = "/proc/self/exe"

    /// - Throws: when the process cannot be started, or ends in a way that says nothing about the file.
    func read(_ path: String, _ offer: TrainingSetOffer) async throws -> Outcome {
        clear()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try JSONEncoder().encode(offer.schema).write(to: file("schema.json"))
        let command = JobCommand(
            program, arguments(path, offer), variables: ["SWIFT_BACKTRACE": "enable=no"])
        let process = JobProcess(
            id: UUID().uuidString, command: command, limits: jobLimits, scratch: folder,
            logPath: file("log").path)
        let stop = try JobStop()
        let end = await withTaskCancellationHandler {
            await process.run(until: stop)
        } onCancel: {
            stop.request(.ending)
        }
        try Task.checkCancellation()
        return try outcome(end, path)
    }

    private func outcome(_ end: JobEnd, _ path: String) throws -> Outcome {
        let words = end.lastErrors.joined(separator: " ").replacing(path, with: "the file")
        switch end.outcome {
        case .exited(0): return .read(try facts(), reference: file("reference.json").path)
        case .exited(1): return .unusable(words)
        case .stopped(.time), .signalled(SIGXCPU):
            return .unusable(
                "It was not read within \(limits.time.configurationText): 'inspection_time' under [registry.datasets] "
                    + "says how long that may take.")
        case .stopped(.memory):
            return .unusable(
                "Reading it took more memory than 'inspection_memory' under [registry.datasets] says there is."
            )
        case .signalled(let signal):
            return .unusable(
                "Reading it came to an end with signal \(signal), perhaps for want of memory: 'inspection_memory' under "
                    + "[registry.datasets] says how much there is.")
        case .exited, .stopped, .notStarted: throw InspectionFailure(end: end, words: words)
        }
    }

    /// Its answer is a line of JSON.
    private func facts() throws -> TrainingSetFacts {
        let lines = try Data(contentsOf: file("log")).split(separator: UInt8(ascii: "\n"))
        let line = lines.first { $0.first == UInt8(ascii: "{") }
        return try JSONDecoder().decode(TrainingSetFacts.self, from: line ?? Data())
    }

    func clear() { try? FileManager.default.removeItem(atPath: folder) }

    private func arguments(_ path: String, _ offer: TrainingSetOffer) -> [String] {
        [
            "dataset", "inspect", path, "--schema", file("schema.json").path,
            "--reference", file("reference.json").path, "--json",
        ] + (offer.timeColumn.map { ["--time-column=\($0)"] } ?? [])
    }

    private func file(_ name: String) -> URL { URL(fileURLWithPath: folder + "/" + name) }

    private var jobLimits: JobLimits {
        JobLimits(
            time: limits.time, cpu: max(limits.time, .seconds(1)), memory: limits.memory, log: 1 << 20)
    }
}

/// What reading one training set may take.
package struct InspectionLimits: Equatable, Sendable {
    package var time: Duration
    /// Bytes: what it may hold for writing, and keep resident.
    package var memory: Int

    package init(time: Duration = .seconds(600), memory: Int = 4 << 30) {
        (self.time, self.memory) = (time, memory)
    }
}

/// The process that reads training sets is not what it should be.
struct InspectionFailure: Error, CustomStringConvertible {
    var end: JobEnd
    var words: String

    var description: String { "leeway dataset inspect has failed, \(end.outcome): \(words)" }
}
