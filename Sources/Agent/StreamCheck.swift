import Drift
import Foundation

/// Whether a stream can be watched as it is configured: its reference is there, sound, and supports the budget.
package struct StreamCheck: Sendable {
    package let isUsable: Bool
    package let summary: String

    package init(_ stream: StreamConfiguration) {
        do {
            let reference = try StreamCheck.usableReference(of: stream)
            (isUsable, summary) = (true, StreamCheck.describe(stream, reference))
        } catch {
            (isUsable, summary) = (false, "\(error)")
        }
    }

    /// The reference of a stream, sound and fit for the stream's budget; `nil` when it is yet to be built or fetched.
    static func usableReference(of stream: StreamConfiguration) throws -> Reference? {
        switch stream.reference {
        case .warmup, .registry: return nil
        case .file(let path):
            let reference = try Reference(contentsOf: path)
            _ = try WindowJudge(reference: reference, plan: stream.plan, settings: stream.settings)
            return reference
        }
    }

    private static func describe(_ stream: StreamConfiguration, _ reference: Reference?) -> String {
        guard let reference else {
            return stream.reference == .registry
                ? "the reference will be the champion's, from the registry"
                : "the reference will be built from the stream's first rows"
        }
        let selfTest =
            stream.alerts.threshold == .fixed
            ? nil : SelfTest(reference: reference, plan: stream.plan, settings: stream.settings)
        return
            (["reference \(reference.id) is sound"]
            + [selfTest?.description, performanceNote(stream, reference)].compactMap(\.self))
            .joined(separator: "; ")
    }
}

extension StreamCheck {
    /// What cannot be told of performance, though rows are kept for it.
    private static func performanceNote(_ stream: StreamConfiguration, _ reference: Reference) -> String? {
        guard stream.capture != nil else { return nil }
        if AnswerScoring(reference.schema) == nil {
            return "its schema says nothing of what the model answers, so performance is not measured"
        }
        if reference.performance == nil {
            return "it was built without labels, so performance is measured but not compared"
        }
        return nil
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
