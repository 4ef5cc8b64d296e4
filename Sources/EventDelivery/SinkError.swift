import Glibc

/// A sink's file or stream that did not take an event. The event may be delivered again.
package struct SinkError: Error, Equatable, Sendable {
    package enum Operation: String, Sendable { case open, write }

    /// The file's path, or `standard output`.
    package var sink: String
    package var operation: Operation
    /// What the system said, such as `ENOSPC`.
    package var code: CInt

    package init(sink: String, operation: Operation, code: CInt) {
        (self.sink, self.operation, self.code) = (sink, operation, code)
    }
}

extension SinkError: CustomStringConvertible {
    package var description: String {
        let reason =
            operation == .open && code == ENOENT ? "its folder does not exist" : systemMessage(code)
        return "cannot \(operation.rawValue) \(sink): \(reason)"
    }
}

private func systemMessage(_ code: CInt) -> String {
    guard let message = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: message)
}
