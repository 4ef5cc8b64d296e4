/// Appends events to a file, one JSON object a line, each on the disk before the next.
///
/// Events are rare, so that every one of them can afford a flush. The file may be rotated by renaming
/// or removing it: the next event opens a new one.
package actor FileSink: EventCarrier {
    private let path: String
    // The actor owns the descriptor: two writers could tear each other's lines.
    private var file: LineFile?

    package init(path: String) { self.path = path }

    /// Opens the file, so that a path that cannot be written is known before the first event.
    package func open() throws(SinkError) {
        guard file?.isFile(at: path) != true else { return }
        do throws(SystemError) {
            file = try LineFile(appendingTo: path)
        } catch {
            throw SinkError(sink: path, operation: .open, code: error.code)
        }
    }

    package func carry(_ event: OutgoingEvent) async throws {
        try open()
        try append(event.line)
    }

    private func append(_ line: [UInt8]) throws(SinkError) {
        do throws(SystemError) {
            try file?.append(line)
        } catch {
            throw SinkError(sink: path, operation: .write, code: error.code)
        }
    }
}
