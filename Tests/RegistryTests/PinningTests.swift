import Testing

@testable import Registry

struct PinningTests {
    /// By sha256sum, as the documentation of `pin` says.
    static let digest = "4e8def0ffce862abc868e3732977223b3548af1865bc22a677cb06bce061e11d"
    static let digestOfModelAlone = "36b0061e8c4e43a8ff875c57e88946e90de50ee31ca9a48ff076bfc29e58c358"

    static func store() async throws -> ArtifactFixture {
        let store = try ArtifactFixture()
        try await store.put("abc", at: "é/artifacts/MLmodel")
        try await store.put("code", at: "é/artifacts/code/a.py")
        try await store.put("", at: "é/artifacts/é x")
        try await store.put("other", at: "é/artifacts0")
        try await store.put("other", at: "é/artifacts-/x")
        return store
    }

    @Test func `a version's digest is what sha256sum makes of its files`() async throws {
        let store = try await Self.store()
        #expect(try await store.version("m", 1, of: "é/artifacts") == Self.digest)
        let files = try await store.registry.pinnedFiles(of: "m", version: 1)
        #expect(files.map(\.path) == ["MLmodel", "code/a.py", "é x"])
        #expect(files.map(\.size) == [3, 4, 0])
    }

    @Test func `a path of one file pins that file`() async throws {
        let store = try await Self.store()
        #expect(try await store.version("m", 1, of: "é/artifacts/MLmodel") == Self.digestOfModelAlone)
        #expect(try await store.registry.pinnedFiles(of: "m", version: 1).map(\.path) == ["MLmodel"])
    }

    @Test func `a path of nothing has no digest`() async throws {
        let store = try await Self.store()
        #expect(try await store.version("m", 1, of: "é/artifact") == nil)
        #expect(try await store.version("m", 2, of: "versions/m/1") == nil)
        #expect(try await store.version("m", 3, of: "versions/m") == nil)
    }

    @Test func `a version can be made of another's files, or of some`() async throws {
        let store = try await Self.store()
        _ = try await store.version("a b", 1, of: "é/artifacts")
        try await store.registry.deleteArtifacts(at: ArtifactPath("é"), by: tester)
        #expect(try await store.version("m", 1, of: "versions/a%20b/1") == Self.digest)
        #expect(try await store.version("m", 2, of: "versions/m/1/MLmodel") == Self.digestOfModelAlone)
        _ = try await store.version("m", 3, of: "versions/m/1/code")
        #expect(try await store.registry.pinnedFiles(of: "m", version: 3).map(\.path) == ["a.py"])
        let copy = try await store.registry.change(by: tester) { change in
            try change.insertVersion("copy", 1)
            return try change.pin(filesOf: ("m", 1), model: "copy", version: 1)
        }
        #expect(copy == Self.digest)
        #expect(try await store.text(at: "versions/copy/1/code/a.py") == "code")
    }
}
