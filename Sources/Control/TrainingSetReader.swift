import ConfigurationFile
import Foundation
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
        let child = ChildProcess(
            program: program, arguments: arguments(path, offer), output: file("facts.json"),
            errors: file("errors"))
        switch try await child.run(for: limits.time) {
        case .exited(0):
            let facts = try JSONDecoder().decode(
                TrainingSetFacts.self, from: Data(contentsOf: file("facts.json")))
            return .read(facts, reference: file("reference.json").path)
        case .exited(1): return .unusable(complaint(about: path))
        case .exited(let code): throw InspectionFailure(code: code, words: complaint(about: path))
        case .overdue:
            return .unusable(
                "It was not read within \(limits.time.configurationText): 'inspection_time' under [registry.datasets] "
                    + "says how long that may take.")
        case .killed(let signal):
            return .unusable(
                "Reading it came to an end with signal \(signal), perhaps for want of memory: 'inspection_memory' under "
                    + "[registry.datasets] says how much there is.")
        }
    }

    func clear() { try? FileManager.default.removeItem(atPath: folder) }

    private func arguments(_ path: String, _ offer: TrainingSetOffer) -> [String] {
        [
            "dataset", "inspect", path, "--schema", file("schema.json").path,
            "--reference", file("reference.json").path, "--memory", "\(limits.memory)B",
            "--time", limits.time.configurationText, "--json",
        ] + (offer.timeColumn.map { ["--time-column=\($0)"] } ?? [])
    }

    private func file(_ name: String) -> URL { URL(fileURLWithPath: folder + "/" + name) }

    /// What it said of the file, wherever that lies.
    private func complaint(about path: String) -> String {
        let words = String(decoding: (try? Data(contentsOf: file("errors"))) ?? Data(), as: UTF8.self)
        let printable = words.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(String.UnicodeScalarView(printable)).replacing(path, with: "the file")
            .trimmingCharacters(in: .whitespaces)
    }
}

/// What reading one training set may take.
package struct InspectionLimits: Equatable, Sendable {
    package var time: Duration
    /// Bytes of address space.
    package var memory: Int

    package init(time: Duration = .seconds(600), memory: Int = 4 << 30) {
        (self.time, self.memory) = (time, memory)
    }
}

/// The process that reads training sets is not what it should be.
struct InspectionFailure: Error, CustomStringConvertible {
    var code: Int32
    var words: String

    var description: String { "leeway dataset inspect ended with \(code): \(words)" }
}
