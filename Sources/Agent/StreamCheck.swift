import Drift
import Foundation

/// Whether a stream can be watched as it is configured: its reference is there, sound, and supports the budget.
package struct StreamCheck: Sendable {
    package let isUsable: Bool
    package let summary: String

    package init(_ stream: StreamConfiguration) {
        guard case .file(let path) = stream.reference else {
            (isUsable, summary) = StreamCheck.withoutFile(stream)
            return
        }
        do {
            let reference = try Reference(contentsOf: path)
            _ = try WindowJudge(reference: reference, plan: stream.plan, settings: stream.settings)
            let selfTest = SelfTest(reference: reference, plan: stream.plan, settings: stream.settings)
            (isUsable, summary) = (
                true,
                (["reference \(path) is sound"] + [selfTest?.description].compactMap(\.self)).joined(
                    separator: "; ")
            )
        } catch {
            (isUsable, summary) = (false, "\(error)")
        }
    }

    private static func withoutFile(_ stream: StreamConfiguration) -> (Bool, String) {
        switch stream.reference {
        case .warmup(let rows): (true, "the reference will be built from the first \(rows) rows")
        case .registry: (false, AgentError.registryReference.description)
        case .file: preconditionFailure("a file has been read")
        }
    }
}

extension Reference {
    /// - Throws: `AgentError` that names the file.
    init(contentsOf path: String) throws(AgentError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw AgentError("reference \(path) cannot be read")
        }
        do {
            self = try Reference(json: data)
        } catch {
            throw AgentError("reference \(path): \(error)")
        }
    }
}

extension AgentError {
    static let registryReference = AgentError(
        "reference = \"registry\" needs the registry, which this version does not have; name a file, or \"warmup:N\""
    )
}
