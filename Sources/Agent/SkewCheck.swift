import Capture
import Dispatch
import Drift
import Glibc
import Tables

/// Holds the captured rows of a model against the extract that its stream names, window by window.
///
/// The extract stays in memory until its file changes.
actor SkewCheck {
    private let model: String
    private let configuration: SkewConfiguration
    private var extract: Extract?
    /// Reading a file blocks, so it may not happen on the cooperative pool.
    private let queue = DispatchQueue(label: "leeway.extract")

    private struct Extract {
        var state: FileState
        var rows: KeyedTable
    }

    init(of model: String, _ configuration: SkewConfiguration) {
        (self.model, self.configuration) = (model, configuration)
    }

    /// What the rows of a span show, yet to be judged.
    ///
    /// - Throws: `AgentError`: the extract or the captured rows cannot be read, or no row is in both.
    func report(on span: CaptureSpan, from reader: CaptureReader) async throws(AgentError) -> SkewReport {
        let rows = try await currentRows()
        let found: SkewReport
        do {
            found = try await reader.reduceRows(
                of: span, into: SkewComparison(with: rows, tolerance: configuration.tolerance)
            ) { $0.add($1) }.report(of: model, from: span.from, to: span.to)
        } catch {
            throw AgentError("skew: the captured rows cannot be read: \(error)")
        }
        if let obstacle = found.obstacle, found.window.rows > 0 {
            throw AgentError("skew: \(configuration.extract): \(obstacle)")
        }
        return found
    }

    /// The extract as it is now.
    private func currentRows() async throws(AgentError) -> KeyedTable {
        let state = FileState(of: configuration.extract)
        if let extract, extract.state == state { return extract.rows }
        extract = nil
        let rows = try await read().get()
        // What was there before the file was read: if it has been written since, it is read again next time.
        if let state { extract = Extract(state: state, rows: rows) }
        return rows
    }

    private func read() async -> Result<KeyedTable, AgentError> {
        await withCheckedContinuation { continuation in
            queue.async { [configuration] in
                let table = Result { () throws(TableError) in
                    try KeyedTable(path: configuration.extract, key: configuration.key)
                }
                continuation.resume(
                    returning: table.mapError { AgentError("skew: the extract cannot be used: \($0)") })
            }
        }
    }
}

/// What tells one state of a file from another.
private struct FileState: Equatable {
    private let file: UInt64
    private let size: Int64
    private let modified: [Int]

    /// `nil` where there is no file.
    init?(of path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        (file, size) = (UInt64(status.st_ino), Int64(status.st_size))
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
}
