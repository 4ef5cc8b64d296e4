import FoundationEssentials
import Glibc

/// Contents of artifacts, each stored once under its SHA-256: `ab/cdef…` beside `incoming`, where uploads under way
/// are written, and `partial`, where those wait that may be gone on with. One folder, one file system: content appears under its name whole, or not at all.
package final class BlobStore: Sendable {
    let folder: String
    private var incoming: String { folder + "/incoming" }
    private var partials: String { folder + "/partial" }

    init(folder: String) throws {
        self.folder = folder
        for path in [incoming, partials] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// Content to come. What is not finished leaves nothing.
    func upload() throws(BlobStoreError) -> BlobUpload {
        try BlobUpload(store: self, temporary: incoming + "/" + UUID().uuidString)
    }

    /// A file from elsewhere, in memory that does not depend on its size.
    func copy(of path: String) async throws -> Blob {
        let (file, upload) = (try BlobReader(path: path), try upload())
        var offset: Int64 = 0
        while case let bytes = try await file.read(at: offset, count: BlobReader.chunk), !bytes.isEmpty {
            try await upload.write(bytes)
            offset += Int64(bytes.count)
        }
        return try await upload.finish()
    }

    func reader(of digest: String) throws(BlobStoreError) -> BlobReader {
        try BlobReader(path: path(of: digest))
    }

    func file(of digest: String) -> String { path(of: digest) }

    /// Makes content as new as if it were uploaded now.
    ///
    /// - Returns: false when there is none of that size.
    func renew(_ blob: Blob) throws(BlobStoreError) -> Bool {
        guard try status(of: blob.digest)?.size == blob.size else { return false }
        return try BlobFile.touch(path(of: blob.digest))
    }

    func contains(_ digest: String) throws(BlobStoreError) -> Bool { try status(of: digest) != nil }

    func status(of digest: String) throws(BlobStoreError) -> BlobFile.Status? {
        try BlobFile.status(path(of: digest))
    }

    /// Takes in a written and synchronised file, in the place of one with its content: that may have been damaged
    /// since, and from now on counts as new.
    func adopt(_ temporary: String, as blob: Blob) throws(BlobStoreError) {
        let directory = directory(of: blob.digest)
        if try BlobFile.createDirectory(directory) { try BlobFile.synchronizeDirectory(folder) }
        try BlobFile.rename(temporary, to: path(of: blob.digest))
        try BlobFile.synchronizeDirectory(directory)
    }

    func remove(_ digest: String) -> Bool { BlobFile.remove(path(of: digest)) }

    private func directory(of digest: String) -> String { folder + "/" + digest.prefix(2) }

    private func path(of digest: String) -> String { directory(of: digest) + "/" + digest.dropFirst(2) }
}

// MARK: - Content that comes in pieces

extension BlobStore {
    func ensurePartial(_ name: String) throws(BlobStoreError) {
        try BlobFile.ensure(partials + "/" + name)
    }

    /// How much has come so far, and when; `nil` when there is no such file.
    func partialStatus(_ name: String) throws(BlobStoreError) -> BlobFile.Status? {
        try BlobFile.status(partials + "/" + name)
    }

    /// - Returns: `nil` while another writes to it.
    func partial(_ name: String) throws(BlobStoreError) -> PartialBlob? {
        try PartialBlob(store: self, path: partials + "/" + name)
    }

    /// Bytes that may still be stored.
    func room() throws(BlobStoreError) -> Int64 { try BlobFile.room(at: folder) }

    func partialNames() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: partials) }
}

// MARK: - Sweeping

extension BlobStore {
    /// Calls with every blob that was last uploaded before `time`, in seconds since 1970.
    func forEachBlob(before time: Int64, _ body: (Blob) throws -> Void) throws {
        for directory in try FileManager.default.contentsOfDirectory(atPath: folder)
        where directory.utf8.count == 2 {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/" + directory) {
                let digest = directory + name
                guard let status = try status(of: digest), status.modified < time else { continue }
                try body(Blob(digest: digest, size: status.size))
            }
        }
    }

    /// Files of uploads that nobody writes any more, with their sizes: those of a registry that was killed.
    func abandonedUploads(before time: Int64) throws -> [(path: String, size: Int64)] {
        try FileManager.default.contentsOfDirectory(atPath: incoming).compactMap { name in
            let path = incoming + "/" + name
            guard let status = try BlobFile.status(path), status.modified < time,
                let file = try? BlobFile.open(path), file.lock()
            else { return nil }
            return (path, status.size)
        }
    }
}
