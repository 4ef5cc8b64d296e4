import Foundation
import Testing

@testable import Registry

struct ArtifactIndexTests {
    @Test func `an artifact is what was last put at its path, and who did it is on record`() async throws {
        let store = try ArtifactFixture(clock: { 42 })
        try await store.put("one", at: "1/r/artifacts/a.txt")
        let artifact = try await store.put("two", at: "1/r/artifacts/a.txt")
        #expect(artifact.modified == 42)
        #expect(try await store.registry.artifact(at: artifact.path) == artifact)
        #expect(try await store.text(at: "1/r/artifacts/a.txt") == "two")
        let audit = try await store.registry.audit(of: "1/r/artifacts/a.txt", limit: 9)
        #expect(audit.map(\.action) == ["artifact.put", "artifact.put"])
        #expect(audit[0].actor == "tester")
        #expect(audit[0].detail == artifact.blob.digest)
    }

    @Test func `a directory lists one level by name, in byte order`() async throws {
        let store = try ArtifactFixture()
        for path in ["d/a.txt", "d/a/x/1", "d/a/y", "d/b", "d/a-b/z", "d/é", "d/Z", "d0", "d-/x", "e"] {
            try await store.put(path, at: path)
        }
        #expect(try await store.names(under: "d") == ["Z", "a/", "a-b/", "a.txt", "b", "é"])
        #expect(try await store.names(under: "d/a") == ["x/", "y"])
        #expect(try await store.names(under: nil) == ["d/", "d-/", "d0", "e"])
        let sizes = try await store.registry.artifacts(under: ArtifactPath("d/a")).map(\.size)
        #expect(sizes == [nil, 5])
        for path in ["d/b", "nothing", "d/a.tx", "%", "_"] {
            #expect(try await store.names(under: path).isEmpty)
        }
    }

    @Test(arguments: [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a"), ("a", "a/b/c/d")])
    func `a path is not both a file and a directory`(first: String, second: String) async throws {
        let store = try ArtifactFixture()
        try await store.put("x", at: first)
        let error = await #expect(throws: RegistryError.self) { try await store.put("y", at: second) }
        #expect(error?.kind == .invalid)
        #expect(error?.description.hasPrefix("'\(second)' cannot be a file: ") == true)
    }

    @Test func `what is missing, and what is a directory, is said`() async throws {
        let store = try ArtifactFixture()
        try await store.put("x", at: "d/a")
        await #expect(throws: RegistryError.notFound("No such artifact: 'd/b'")) {
            try await store.text(at: "d/b")
        }
        await #expect(
            throws: RegistryError.invalid("Artifact path refers to a directory, not a file: 'd'")
        ) { try await store.text(at: "d") }
    }

    @Test(arguments: [
        ("d", 3, ["d0", "e/"]), ("d/a", 1, ["d/", "d0", "e/"]), ("d/b", 2, ["d/", "d0", "e/"]),
        ("x", 0, ["d/", "d0", "e/"]),
    ])
    func `a file or a tree is deleted, and nothing beside it`(
        path: String, count: Int, left: [String]
    ) async throws {
        let store = try ArtifactFixture()
        for path in ["d/a", "d/b/1", "d/b/2", "d0", "e/d"] { try await store.put("x", at: path) }
        #expect(try await store.registry.deleteArtifacts(at: ArtifactPath(path), by: tester) == count)
        #expect(try await store.names(under: nil) == left)
        #expect(
            try await store.registry.audit(of: path, limit: 1).first?.action
                == (count > 0 ? "artifact.delete" : nil))
    }

    @Test func `content that is gone cannot be named`() async throws {
        let store = try ArtifactFixture()
        let blob = try await store.store("x")
        try FileManager.default.removeItem(atPath: store.file(of: blob))
        let error = await #expect(throws: RegistryError.self) {
            try await store.registry.put(blob, at: ArtifactPath("a"), by: tester)
        }
        #expect(error?.kind == .conflict)
        #expect(try await store.names(under: nil).isEmpty)
    }
}
