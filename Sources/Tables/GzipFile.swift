import CZlib
import Glibc

/// A file to be read from front to back, gzipped or plain; `-` is standard input.
@safe struct GzipFile: ~Copyable {
    private let handle: gzFile
    private let path: String

    init(path: String) throws(TableError) {
        let descriptor = path == "-" ? dup(STDIN_FILENO) : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: errorText(errno)) }
        guard !GzipFile.isFolder(descriptor) else {
            close(descriptor)
            throw .cannotOpen(path: path, reason: "it is a folder")
        }
        guard let handle = unsafe gzdopen(descriptor, "rb") else {
            close(descriptor)
            throw .cannotOpen(path: path, reason: "out of memory")
        }
        unsafe gzbuffer(handle, 1 << 17)
        unsafe self.handle = handle
        self.path = path
    }

    deinit { unsafe gzclose(handle) }

    private static func isFolder(_ descriptor: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Fills `buffer` as far as the file goes; 0 at its end.
    mutating func read(into buffer: inout [UInt8]) throws(TableError) -> Int {
        let count = buffer.count
        let read = unsafe buffer.withUnsafeMutableBytes {
            unsafe gzread(handle, $0.baseAddress, UInt32(count))
        }
        guard read >= 0 else {
            var code: Int32 = 0
            let text = unsafe gzerror(handle, &code).map { unsafe String(cString: $0) } ?? "unknown error"
            throw .damaged(path: path, reason: code == Z_ERRNO ? errorText(errno) : text)
        }
        if read < count { try checkEnd() }
        return Int(read)
    }

    /// A gzip file cut short reads as if it ended there; only the state of the stream tells.
    private func checkEnd() throws(TableError) {
        var code: Int32 = 0
        unsafe _ = gzerror(handle, &code)
        guard code != Z_BUF_ERROR else { throw .damaged(path: path, reason: "the gzip stream is cut short") }
    }
}

func errorText(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }
