/// Content on its way into the store in pieces: what has come stays when a connection breaks or the registry is
/// killed, and is gone on with. It is one writer's until it is let go.
actor PartialBlob {
    private let executor = FileExecutor()
    private let store: BlobStore
    private let path: String
    private let file: BlobFile

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// - Returns: `nil` while another writes to it.
    init?(store: BlobStore, path: String) throws(BlobStoreError) {
        (self.store, self.path) = (store, path)
        file = try BlobFile.append(to: path)
        guard file.lock() else { return nil }
    }

    func size() throws(BlobStoreError) -> Int64 { try file.size() }

    func write(_ bytes: [UInt8]) throws(BlobStoreError) { try file.write(bytes) }

    func remove() { BlobFile.remove(path) }

    /// Reads all of it, and takes it into the store for good when it hashes to what was expected; until something names
    /// it, it is garbage there.
    ///
    /// - Returns: what it hashes to.
    func finish(expecting digest: String) throws(BlobStoreError) -> String {
        let found = try file.digest()
        guard found == digest else { return found }
        try file.protect()
        try file.synchronize()
        try store.adopt(path, as: Blob(digest: found, size: file.size()))
        return found
    }
}
