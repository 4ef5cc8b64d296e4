import Crypto
import Dispatch
import Drift
import Foundation
import NIOCore

/// A file to be uploaded: how large it is, and what it hashes to.
struct UploadedFile {
    let path: String
    let size: Int64
    let sha256: String

    /// Reading gigabytes blocks, so it may not happen on the cooperative pool.
    static func reading(_ path: String) async throws(UnreadableFile) -> UploadedFile {
        let found = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(
                    returning: Result { () throws(UnreadableFile) in try UploadedFile(path: path) })
            }
        }
        return try found.get()
    }

    /// Reads all of it, in memory that does not depend on its size.
    private init(path: String) throws(UnreadableFile) {
        var pieces = FilePieces(path: path, offset: 0, length: .max).makeAsyncIterator()
        var (hash, size) = (SHA256(), Int64(0))
        do {
            while let piece = try pieces.read() {
                hash.update(data: piece)
                size += Int64(piece.count)
            }
        } catch {
            throw UnreadableFile(path: path, reason: "there is no such file, or it cannot be read")
        }
        guard size > 0 else { throw UnreadableFile(path: path, reason: "is empty") }
        (self.path, self.size, sha256) = (path, size, hash.finalize().hexadecimal)
    }
}

/// A part of a file, piece by piece.
struct FilePieces: AsyncSequence, Sendable {
    let path: String
    let offset: Int64
    let length: Int64

    func makeAsyncIterator() -> Iterator { Iterator(path: path, offset: offset, rest: length) }

    struct Iterator: AsyncIteratorProtocol {
        let path: String
        let offset: Int64
        var rest: Int64
        private var file: FileHandle?

        init(path: String, offset: Int64, rest: Int64) {
            (self.path, self.offset, self.rest) = (path, offset, rest)
        }

        private static let size: Int64 = 1 << 20

        mutating func next() async throws -> ByteBuffer? { try read().map { ByteBuffer(bytes: $0) } }

        mutating func read() throws -> Data? {
            let opened = try open()
            guard rest > 0, let piece = try opened.read(upToCount: Int(Swift.min(rest, Iterator.size))),
                !piece.isEmpty
            else { return nil }
            rest -= Int64(piece.count)
            return piece
        }

        private mutating func open() throws -> FileHandle {
            if let file { return file }
            let opened = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            try opened.seek(toOffset: UInt64(offset))
            file = opened
            return opened
        }
    }
}

/// A file of this machine that cannot be sent, or written.
package struct UnreadableFile: Error, Equatable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package var description: String { "\(path): \(reason)" }
}
