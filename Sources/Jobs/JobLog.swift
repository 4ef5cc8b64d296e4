package import Foundation
import Glibc

/// Writes what a job prints into a file that only grows, up to a bound: the beginning as it comes, then, once the job
/// has ended, how much was left out and the last that it printed.
struct JobLog: ~Copyable {
    private let descriptor: CInt
    private let headLimit: Int
    private let tailLimit: Int
    private var written = 0
    private var tail: [UInt8] = []
    private var left: Int64 = 0
    /// A disk that is full: the job goes on, its log does not.
    private var isBroken = false

    private static let longestTail = 64 << 10

    /// - Parameter limit: bytes of the file, but for the line that says how much was left out.
    init(path: String, limit: Int) throws(JobStartError) {
        tailLimit = min(JobLog.longestTail, limit / 2)
        headLimit = limit - tailLimit
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw JobStartError("its log \(path) cannot be written: \(systemError)")
        }
    }

    deinit { close(descriptor) }

    mutating func append(_ bytes: [UInt8]) {
        let room = min(bytes.count, headLimit - written)
        if room > 0 { write(bytes[..<room]) }
        if room < bytes.count { keep(bytes[max(room, 0)...]) }
    }

    /// Appends what was kept of the end.
    mutating func finish() {
        if left > 0 { write(Array("\n… \(left) bytes are left out here; the log is full …\n".utf8)[...]) }
        write(tail[...])
        tail = []
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        tail.append(contentsOf: bytes.suffix(tailLimit))
        left += Int64(max(bytes.count - tailLimit, 0))
        let excess = tail.count - tailLimit
        guard excess > 0 else { return }
        tail.removeFirst(excess)
        left += Int64(excess)
    }

    private mutating func write(_ bytes: ArraySlice<UInt8>) {
        guard !isBroken, !bytes.isEmpty else { return }
        written += bytes.count
        unsafe bytes.withUnsafeBytes { buffer in
            var rest = unsafe buffer[...]
            while unsafe !rest.isEmpty {
                let count = unsafe Glibc.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    isBroken = true
                    return
                }
                unsafe rest = unsafe rest.dropFirst(count)
            }
        }
    }
}

/// A job's log, read while it grows.
package struct JobLogReader: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// Bytes from an offset on, as many as there are but no more than `limit`.
    ///
    /// - Returns: `nil` when there is no such file.
    package func read(from offset: Int64, limit: Int) throws -> Data? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        guard Int64(try file.seekToEnd()) > offset else { return Data() }
        try file.seek(toOffset: UInt64(offset))
        return try file.read(upToCount: limit) ?? Data()
    }
}

/// The words for `errno`.
var systemError: String { unsafe String(cString: strerror(errno)) }
