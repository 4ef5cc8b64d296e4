import Crypto

/// Content that is being read, by anyone at any place; it stays readable while its garbage is collected.
package actor BlobReader {
    /// How much is read at once.
    package static let chunk = 1 << 20

    private let executor = FileExecutor()
    private let file: BlobFile

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(path: String) throws(BlobStoreError) { file = try BlobFile.open(path) }

    /// Fewer bytes than `count` only at the end.
    package func read(at offset: Int64, count: Int) throws(BlobStoreError) -> [UInt8] {
        try file.read(at: offset, count: count)
    }

    /// What its digest is now.
    func rehash() throws(BlobStoreError) -> String { try file.digest() }
}

extension BlobFile {
    /// SHA-256 of all of it, in hexadecimal digits.
    borrowing func digest() throws(BlobStoreError) -> String {
        var hash = SHA256()
        var offset: Int64 = 0
        while case let bytes = try read(at: offset, count: BlobReader.chunk), !bytes.isEmpty {
            hash.update(data: bytes)
            offset += Int64(bytes.count)
        }
        return hash.finalize().hexadecimal
    }
}
