import Foundation
import Glibc

/// What trained a model: programs by their versions and contents, the machine, and the code beside the recipe.
package struct TrainingEnvironment: Codable, Equatable, Sendable {
    /// The version of `leeway`.
    package var leeway: String
    /// The SHA-256 of the program `leeway-trainer`.
    package var trainer: String?
    /// The version of XGBoost, once it is known.
    package var xgboost: String?
    package var machine: String
    /// The operating system, its kernel and its processor's architecture.
    package var system: String
    package var processor: String
    package var processors: Int
    package var code: TrainingCode?
}

extension TrainingEnvironment {
    /// This machine.
    static func current(leeway: String, trainer: String, code: TrainingCode?) -> TrainingEnvironment {
        let host = ProcessInfo.processInfo
        return TrainingEnvironment(
            leeway: leeway, trainer: digest(ofFile: trainer), machine: host.hostName,
            system: "\(host.operatingSystemVersionString), Linux \(kernel)", processor: processorName,
            processors: host.processorCount, code: code)
    }

    /// What is not as it was, in sentences.
    package func differences(from programs: TrainingPrograms, xgboost: String) -> [String] {
        var differences: [String] = []
        if let known = self.xgboost, known != xgboost {
            differences.append("XGBoost is \(xgboost), and was \(known)")
        }
        if let known = trainer, known != TrainingEnvironment.digest(ofFile: programs.trainer) {
            differences.append("leeway-trainer is another build than the one that was recorded")
        }
        if processor != TrainingEnvironment.processorName {
            differences.append("the processor is \(TrainingEnvironment.processorName), and was \(processor)")
        }
        return differences
    }

    private static func digest(ofFile path: String) -> String? {
        let url = URL(fileURLWithPath: path)
        return try? TrainingFolder(url.deletingLastPathComponent().path).digest(ofFile: url.lastPathComponent)
    }

    private static var kernel: String {
        let version = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
        return version?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "of unknown version"
    }

    private static var processorName: String {
        let lines =
            (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let line = lines.first { $0.hasPrefix("model name") || $0.hasPrefix("CPU part") }
        return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown"
    }
}

/// The state of the git repository that a recipe's folder lies in.
package struct TrainingCode: Codable, Equatable, Sendable {
    package var commit: String
    /// The SHA-256 of what differs from the commit: `git diff HEAD --binary`, then `git status --porcelain`, which names
    /// files that git does not have. `nil` when nothing does.
    package var changes: String?

    /// Prints the commit, and the hash of what differs from it where something does; nothing where there is no repository.
    /// What differs is nobody's business. No program that the repository names is run.
    static let script = """
        git() { command git -c core.fsmonitor=false -c core.attributesFile=/dev/null "$@" 2>/dev/null; }
        git rev-parse --verify --quiet HEAD || exit 0
        [ -z "$(git status --porcelain | head -c 1)" ] || {
            git diff HEAD --binary --no-ext-diff --no-textconv --no-color; git status --porcelain
        } | sha256sum | cut -c-64
        """

    /// - Parameter output: what the script has printed.
    init?(output: Data) {
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        guard let first = lines.first, first.utf8.count >= 40, first.allSatisfy(\.isHexDigit) else {
            return nil
        }
        commit = first
        changes = lines.count > 1 ? lines[1] : nil
    }
}
