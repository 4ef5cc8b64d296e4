import Crypto

/// Content on its way into the store. It is hashed as it comes, in memory that does not depend on its size.
package actor BlobUpload {
    private let executor = FileExecutor()
    private let store: BlobStore
    private let temporary: String
    private let file: BlobFile
    private var hash = SHA256()
    private var size: Int64 = 0

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(store: BlobStore, temporary: String) throws(BlobStoreError) {
        (self.store, self.temporary) = (store, temporary)
        file = try BlobFile.create(temporary)
        _ = file.lock()
    }

    deinit { BlobFile.remove(temporary) }

    package func write(_ bytes: [UInt8]) throws(BlobStoreError) {
        hash.update(data: bytes)
        try file.write(bytes)
        size += Int64(bytes.count)
    }

    /// The content is on disk for good when this returns; until a path names it, it is garbage.
    package func finish() throws(BlobStoreError) -> Blob {
        try file.synchronize()
        let blob = Blob(digest: hash.finalize().hexadecimal, size: size)
        try store.adopt(temporary, as: blob)
        return blob
    }
}
