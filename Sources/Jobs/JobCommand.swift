import Foundation

/// A program to run, what it is told, and what it finds in its environment.
package struct JobCommand: Equatable, Sendable {
    /// A path, or a name that is looked up in `PATH`.
    package var program: String
    package var arguments: [String]
    /// Beside what every job gets: see ``environment(of:scratch:)``.
    package var variables: [String: String]
    /// Where it runs; `nil` for its scratch folder.
    package var folder: String?

    package init(
        _ program: String, _ arguments: [String] = [], variables: [String: String] = [:],
        folder: String? = nil
    ) {
        (self.program, self.arguments, self.variables, self.folder) = (program, arguments, variables, folder)
    }

    /// As a shell would take it, for people to read.
    package var text: String { ([program] + arguments).map(\.shellQuoted).joined(separator: " ") }
}

extension JobCommand {
    /// The name of the variable by which the processes of a job are known, whatever their parents: it holds the job's id.
    package static let mark = "LEEWAY_JOB"
    /// The name of the variable that says where a job may leave its files.
    package static let scratchVariable = "LEEWAY_JOB_FOLDER"

    /// Of the registry's own environment a job sees where programs and homes are, and the language; its tokens and
    /// secrets it does not see.
    private static let inherited = ["PATH", "LANG", "HOME"]

    /// All that a job finds in its environment, as `NAME=value`.
    func environment(of job: String, scratch: String, threads: Int?) -> [String] {
        let own = ProcessInfo.processInfo.environment
        var all = own.filter { JobCommand.inherited.contains($0.key) }
        all["TMPDIR"] = scratch
        if let threads { all["OMP_NUM_THREADS"] = "\(threads)" }
        all.merge(variables) { $1 }
        all[JobCommand.mark] = job
        all[JobCommand.scratchVariable] = scratch
        return all.map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// The path of the program.
    package func executable() throws(JobStartError) -> String {
        guard !program.contains("/") else { return program }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
            .split(separator: ":")
        let found = folders.map { "\($0)/\(program)" }.first(where: FileManager.default.isExecutableFile)
        guard let found else {
            throw JobStartError("there is no program \"\(program)\" in the registry's PATH")
        }
        return found
    }
}

extension String {
    fileprivate var shellQuoted: String {
        let isPlain = !isEmpty && utf8.allSatisfy { String.plain.contains($0) }
        return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
    }

    private static let plain = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./=:,+@%".utf8)
}

/// Why a program could not be started, in words that go on from "could not be started: ".
package struct JobStartError: Error, Equatable, Sendable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
