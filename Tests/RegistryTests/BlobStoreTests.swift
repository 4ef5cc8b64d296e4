import Foundation
import Testing

@testable import Registry

struct BlobStoreTests {
    // FIPS 180-2, appendix B.
    static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    static let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test func `content lies under its SHA-256`() async throws {
        let store = try ArtifactFixture()
        #expect(try await store.store("abc") == Blob(digest: Self.abc, size: 3))
        #expect(try await store.store("") == Blob(digest: Self.nothing, size: 0))
        #expect(store.files.sorted() == ["ba/" + Self.abc.dropFirst(2), "e3/" + Self.nothing.dropFirst(2)])
    }

    @Test func `the same content is stored once, and counts as new`() async throws {
        let store = try ArtifactFixture()
        let blob = try await store.store("abc")
        try store.age(store.file(of: blob), seconds: 5000)
        #expect(try await store.store("abc") == blob)
        #expect(store.files.count == 1)
        #expect(
            try store.registry.blobs.status(of: blob.digest)!.modified > Int64(Date().timeIntervalSince1970)
                - 60)
    }

    @Test func `content that was cut short heals when it comes again`() async throws {
        let store = try ArtifactFixture()
        try await store.put("abc", at: "a")
        let file = store.file(of: Blob(digest: Self.abc, size: 3))
        try FileManager.default.removeItem(atPath: file)
        try Data("a".utf8).write(to: URL(filePath: file))
        try await store.put("abc", at: "a")
        #expect(try await store.text(at: "a") == "abc")
    }

    @Test func `an upload that is given up leaves nothing`() async throws {
        let store = try ArtifactFixture()
        var upload: BlobUpload? = try store.registry.upload(to: ArtifactPath("a"))
        try await upload?.write(Array("abc".utf8))
        #expect(store.files.count == 1)
        upload = nil
        #expect(store.files.isEmpty)
    }

    @Test func `content is read in parts`() async throws {
        let store = try ArtifactFixture()
        let reader = try await store.registry.content(of: store.put("0123456789", at: "a"))
        for (offset, count, text) in [(0, 3, "012"), (7, 3, "789"), (8, 9, "89"), (10, 1, ""), (99, 1, "")] {
            #expect(try await reader.read(at: Int64(offset), count: count) == Array(text.utf8))
        }
    }

    @Test func `a folder that takes no more is an error that says so`() async throws {
        let store = try ArtifactFixture()
        let incoming = store.artifacts + "/incoming"
        try FileManager.default.removeItem(atPath: incoming)
        let error = #expect(throws: BlobStoreError.self) { try store.registry.blobs.upload() }
        #expect(error?.isStorageFailure == true)
        #expect(error?.description.hasPrefix("cannot write \(incoming)/") == true)
        #expect(error?.description.hasSuffix(": No such file or directory") == true)
    }

    @Test func `sixteen uploads of the same content at once are one file`() async throws {
        let store = try ArtifactFixture()
        let blobs = try await withThrowingTaskGroup(of: Blob.self) { group in
            for _ in 0..<16 { group.addTask { try await store.store("abc") } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(blobs.count == 1)
        #expect(store.files.count == 1)
    }
}
