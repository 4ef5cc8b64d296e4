import Glibc

/// A file of the blob store while it is open; closed with its owner.
struct BlobFile: ~Copyable {
    private let descriptor: CInt
    private let path: String

    private init(_ descriptor: CInt, _ path: String) { (self.descriptor, self.path) = (descriptor, path) }

    deinit { close(descriptor) }

    static func open(_ path: String) throws(BlobStoreError) -> BlobFile {
        BlobFile(try check(unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC), "read", path), path)
    }

    /// Content is never changed once it is there, so the file is read-only for all but this descriptor.
    static func create(_ path: String) throws(BlobStoreError) -> BlobFile {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        return BlobFile(try check(unsafe Glibc.open(path, flags, 0o444), "write", path), path)
    }

    /// For content that comes piece by piece, whoever brings it: what is written goes to the end.
    static func append(to path: String) throws(BlobStoreError) -> BlobFile {
        let flags = O_RDWR | O_APPEND | O_CLOEXEC
        return BlobFile(try check(unsafe Glibc.open(path, flags), "write", path), path)
    }

    borrowing func write(_ bytes: [UInt8]) throws(BlobStoreError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            written += Int(try check(count, "write", path))
        }
    }

    /// Fewer bytes than `count` only at the end of the file.
    borrowing func read(at offset: Int64, count: Int) throws(BlobStoreError) -> [UInt8] {
        var code: CInt = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = unsafe buffer.baseAddress! + filled
                let got = unsafe pread(descriptor, rest, count - filled, Int(offset) + filled)
                if got < 0, errno == EINTR { continue }
                if got < 0 { code = errno }
                guard got > 0 else { break }
                filled += got
            }
        }
        guard code == 0 else { throw BlobStoreError(code, "read", path) }
        return bytes
    }

    borrowing func synchronize() throws(BlobStoreError) { try check(fsync(descriptor), "write", path) }

    borrowing func size() throws(BlobStoreError) -> Int64 {
        var status = stat()
        try check(unsafe fstat(descriptor, &status), "read", path)
        return Int64(status.st_size)
    }

    /// From now on it is read-only for whoever opens it.
    borrowing func protect() throws(BlobStoreError) { try check(fchmod(descriptor, 0o444), "write", path) }

    /// Says to others that the file is in use, until it is closed; false when another says so already.
    borrowing func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }
}

// MARK: - Names

extension BlobFile {
    struct Status {
        var size: Int64
        /// Seconds since 1970.
        var modified: Int64
    }

    /// `nil` when there is no such file.
    static func status(_ path: String) throws(BlobStoreError) -> Status? {
        var status = stat()
        if unsafe stat(path, &status) != 0 {
            if errno == ENOENT { return nil }
            throw BlobStoreError(errno, "read", path)
        }
        return Status(size: Int64(status.st_size), modified: Int64(status.st_mtim.tv_sec))
    }

    /// Makes an empty file, unless there is one.
    static func ensure(_ path: String) throws(BlobStoreError) {
        let descriptor = try check(
            unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600), "write", path)
        close(descriptor)
    }

    /// Bytes that may still be written where a file lies.
    static func room(at path: String) throws(BlobStoreError) -> Int64 {
        var status = statvfs()
        try check(unsafe statvfs(path, &status), "read", path)
        return Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }

    static func rename(_ old: String, to new: String) throws(BlobStoreError) {
        try check(unsafe Glibc.rename(old, new), "write", new)
    }

    /// Makes it as new as a file written now.
    ///
    /// - Returns: false when there is no such file.
    static func touch(_ path: String) throws(BlobStoreError) -> Bool {
        if unsafe utimensat(AT_FDCWD, path, nil, 0) == 0 { return true }
        if errno == ENOENT { return false }
        throw BlobStoreError(errno, "write", path)
    }

    @discardableResult static func remove(_ path: String) -> Bool { unsafe unlink(path) == 0 }

    /// - Returns: false when it is there already.
    @discardableResult static func createDirectory(_ path: String) throws(BlobStoreError) -> Bool {
        if unsafe mkdir(path, 0o755) == 0 { return true }
        if errno == EEXIST { return false }
        throw BlobStoreError(errno, "write", path)
    }

    /// Makes names that were added to a directory outlast a power failure.
    static func synchronizeDirectory(_ path: String) throws(BlobStoreError) {
        try open(path).synchronize()
    }
}

@discardableResult
private func check<Result: SignedInteger>(
    _ result: Result, _ purpose: String, _ path: String
) throws(BlobStoreError) -> Result {
    if result < 0 { throw BlobStoreError(errno, purpose, path) }
    return result
}

/// Why the folder of artifacts cannot be read or written.
package struct BlobStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    private let code: CInt
    private let purpose: String
    private let path: String

    init(_ code: CInt, _ purpose: String, _ path: String) {
        (self.code, self.purpose, self.path) = (code, purpose, path)
    }

    /// No more can be stored, though what is there can be read.
    package var isStorageFailure: Bool { purpose == "write" }

    var isMissing: Bool { code == ENOENT }

    package var description: String {
        "cannot \(purpose) \(path): \(unsafe String(cString: strerror(code)))"
    }
}
