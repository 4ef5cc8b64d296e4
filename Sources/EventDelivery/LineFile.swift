/// A file that grows by whole lines.
struct LineFile: ~Copyable {
    private let descriptor: FileDescriptor

    init(appendingTo path: String) throws(SystemError) {
        descriptor = try FileDescriptor(appendingTo: path)
    }

    /// Whether the path still leads to this file, which it does not once the file was rotated away.
    borrowing func isFile(at path: String) -> Bool {
        guard let here = try? descriptor.status(), let there = FileStatus(path: path) else { return false }
        return here.isSameFile(as: there)
    }

    /// Appends a line and returns once it is on the disk. A line that does not fit leaves no trace.
    borrowing func append(_ line: [UInt8]) throws(SystemError) {
        let before = try descriptor.status()
        let bytes = isTorn(before) ? [UInt8(ascii: "\n")] + line : line
        let (written, refusal) = descriptor.write(bytes)
        do throws(SystemError) {
            if let refusal { throw refusal }
            try descriptor.synchronize()
        } catch {
            retract(written, after: before)
            throw error
        }
    }

    /// The file ends within a line: whoever wrote it was cut off. The next line must not be spoilt too.
    private borrowing func isTorn(_ status: FileStatus) -> Bool {
        guard status.isRegular, let last = descriptor.lastByte(size: status.size) else { return false }
        return last != UInt8(ascii: "\n")
    }

    /// Takes back what was written, unless someone else has appended since.
    private borrowing func retract(_ count: Int, after before: FileStatus) {
        guard before.isRegular, let now = try? descriptor.status(), now.size == before.size + count else {
            return
        }
        try? descriptor.truncate(to: before.size)
    }
}
