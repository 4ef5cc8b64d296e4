import Glibc

/// An open file of the operating system, closed when its one owner lets go of it.
struct FileDescriptor: ~Copyable {
    private let raw: CInt

    /// Opens a file to append to, made if it is missing; else throws the error's code.
    init(appendingTo path: String) throws(SystemError) {
        let permissions: mode_t = 0o644
        raw = try retrying { unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, permissions) }
    }

    /// A descriptor of its own for what another one has open.
    init(duplicating descriptor: CInt) throws(SystemError) {
        raw = try retrying { dup(descriptor) }
    }

    deinit { close(raw) }

    /// Writes bytes until all are written or the system refuses; says how many were written.
    borrowing func write(_ bytes: [UInt8]) -> (written: Int, refusal: SystemError?) {
        var written = 0
        while written < bytes.count {
            do throws(SystemError) {
                written += try writeSome(bytes[written...])
            } catch {
                return (written, error)
            }
        }
        return (written, nil)
    }

    private borrowing func writeSome(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.write(raw, buffer.baseAddress, buffer.count)
        }
        if count >= 0 { return count }
        let error = SystemError(code: errno)
        guard error.code == EINTR || error.code == EAGAIN && waitUntilWritable() else { throw error }
        return 0
    }

    /// A reader that shares a non-blocking descriptor may be slow; it has a second to catch up.
    private borrowing func waitUntilWritable() -> Bool {
        var request = pollfd(fd: raw, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&request, 1, 1000) > 0
    }

    /// Forces what was written to the disk, where there is one: pipes and devices have none.
    borrowing func synchronize() throws(SystemError) {
        do throws(SystemError) {
            _ = try retrying { fdatasync(raw) }
        } catch  where error.code != EINVAL && error.code != EROFS {
            throw error
        } catch {}
    }

    borrowing func status() throws(SystemError) -> FileStatus {
        var status = stat()
        _ = try retrying { unsafe fstat(raw, &status) }
        return FileStatus(status)
    }

    borrowing func truncate(to size: Int) throws(SystemError) {
        _ = try retrying { ftruncate(raw, size) }
    }

    /// The byte before the end of the file; `nil` when there is none or it cannot be read.
    borrowing func lastByte(size: Int) -> UInt8? {
        var byte: UInt8 = 0
        return unsafe pread(raw, &byte, 1, size - 1) == 1 ? byte : nil
    }
}

/// Which file it is and how large.
struct FileStatus {
    var device: UInt64
    var inode: UInt64
    var size: Int
    var isRegular: Bool

    fileprivate init(_ status: stat) {
        (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int(status.st_size))
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }

    /// The file at a path; `nil` when there is none to be seen.
    init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}

/// The code of a system call that failed.
struct SystemError: Error, Equatable {
    var code: CInt
}

/// Repeats a call that a signal interrupted; any other failure is thrown.
private func retrying(_ call: () -> CInt) throws(SystemError) -> CInt {
    while true {
        let result = call()
        if result >= 0 { return result }
        if errno != EINTR { throw SystemError(code: errno) }
    }
}
