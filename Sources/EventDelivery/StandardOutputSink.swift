import Glibc

/// Prints events on standard output, one JSON object a line.
package actor StandardOutputSink: EventCarrier {
    private static let name = "standard output"

    private let descriptor: FileDescriptor
    // The actor owns the stream's place in a line: what was printed cannot be taken back.
    private var isMidLine = false

    /// Prints on standard output or, in tests, on what another descriptor has open.
    package init(descriptor: CInt = STDOUT_FILENO) throws(SinkError) {
        do throws(SystemError) {
            self.descriptor = try FileDescriptor(duplicating: descriptor)
        } catch {
            throw SinkError(sink: StandardOutputSink.name, operation: .open, code: error.code)
        }
    }

    package func carry(_ event: OutgoingEvent) async throws {
        // A line that was cut off spoils only itself.
        let bytes = isMidLine ? [UInt8(ascii: "\n")] + event.line : event.line
        let (written, refusal) = descriptor.write(bytes)
        if written > 0 { isMidLine = bytes[written - 1] != UInt8(ascii: "\n") }
        if let refusal {
            throw SinkError(sink: StandardOutputSink.name, operation: .write, code: refusal.code)
        }
    }
}
