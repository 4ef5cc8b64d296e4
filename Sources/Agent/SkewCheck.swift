import Capture
import Dispatch
import Drift
import Glibc
import Tables

/// Holds the captured rows of a model against the extract that its stream names, window by window.
///
/// The extract is read for each window, and not kept: it may be written anew at any time, and it may be large.
struct SkewCheck: Sendable {
    let model: String
    let configuration: SkewConfiguration

    /// What the rows of a span show, yet to be judged.
    ///
    /// - Throws: `AgentError` when the extract cannot be read, or no row is in both; else what keeps the captured rows from
    ///   being read.
    func report(on span: CaptureSpan, from reader: CaptureReader) async throws -> SkewReport {
        let rows = try await extract().get()
        let found = try await reader.reduceRows(
            of: span, into: SkewComparison(with: rows, tolerance: configuration.tolerance)
        ) { $0.add($1) }.report(of: model, from: span.from, to: span.to)
        if let obstacle = found.obstacle, found.window.rows > 0 {
            throw AgentError("skew: \(configuration.extract): \(obstacle)")
        }
        return found
    }

    /// Reading a file blocks, so it may not happen on the cooperative pool.
    private func extract() async -> Result<KeyedTable, AgentError> {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(returning: Result { () throws(AgentError) in try read() })
            }
        }
    }

    private func read() throws(AgentError) -> KeyedTable {
        // A pipe would have its reader wait for ever.
        var found = stat()
        if unsafe stat(configuration.extract, &found) == 0, found.st_mode & S_IFMT != S_IFREG {
            throw AgentError("skew: the extract cannot be used: \(configuration.extract) is not a file")
        }
        do {
            return try KeyedTable(path: configuration.extract, key: configuration.key)
        } catch {
            throw AgentError("skew: the extract cannot be used: \(error)")
        }
    }
}
