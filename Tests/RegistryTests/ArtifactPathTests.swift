import Testing

@testable import Registry

struct ArtifactPathTests {
    @Test(arguments: [
        "a", "1/4f/artifacts/model/MLmodel", "a b+c;=:'[]#?%20é", "...", ".hidden/..x", "日本/語",
        String(repeating: "x", count: 4096),
    ])
    func `a path is its segments`(text: String) throws {
        #expect(try ArtifactPath(text).text == text)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", "./a", "a/.", "a\\b", "..\\x",
        "C:\\x",
        "nul\0x", "line\nbreak", "bell\u{7}", "\u{7f}", String(repeating: "x", count: 4097),
    ])
    func `what could be read in two ways is no path`(text: String) {
        #expect(throws: RegistryError.invalid("Invalid path")) { try ArtifactPath(text) }
    }

    @Test func `a path knows the directories above it`() throws {
        #expect(try ArtifactPath("a/b/c").ancestors == ["a", "a/b"])
        #expect(try ArtifactPath("a").ancestors.isEmpty)
        #expect(try ArtifactPath("a/b/c").name == "c")
    }

    @Test func `a slash with an accent after it is a slash`() throws {
        let path = try ArtifactPath("versions/\u{301}m/1")
        #expect(path.isReserved)
        #expect(path.ancestors == ["versions", "versions/\u{301}m"])
        #expect(path.name == "1")
        #expect(VersionPath(path)?.model == "\u{301}m")
    }

    @Test(
        arguments: [
            ("mlflow-artifacts:/1/r/artifacts", "1/r/artifacts"),
            ("mlflow-artifacts:/1/r/artifacts/model/", "1/r/artifacts/model"),
            ("mlflow-artifacts://host:5000/1/r", "1/r"),
            ("mlflow-artifacts:///1/r", "1/r"),
            ("MLFLOW-ARTIFACTS:/1", "1"),
            ("http://host/api/2.0/mlflow-artifacts/artifacts/1/r", "1/r"),
            ("https://host:8/p/api/2.0/mlflow-artifacts/artifacts/1/a%20b", "1/a b"),
            ("mlflow-artifacts:/versions/a%23b/1", "versions/a#b/1"),
            ("mlflow-artifacts:/1/hash#x", "1/hash"),
            ("mlflow-artifacts:/", nil), ("mlflow-artifacts://host", nil), ("s3://bucket/1", nil),
            ("file:///tmp/x", nil), ("/tmp/x", nil), ("models:/m/1", nil), ("runs:/r/model", nil), ("", nil),
            ("http://host/elsewhere/1", nil),
        ] as [(String, String?)])
    func `a URI leads to a path where it leads into a registry`(uri: String, path: String?) throws {
        #expect(try ArtifactPath.resolving(uri)?.text == path)
    }

    @Test(arguments: [
        "mlflow-artifacts:/1/../2", "mlflow-artifacts:/1/%2e%2e/2", "mlflow-artifacts:/1//2",
        "mlflow-artifacts:/1/%zz",
        "http://host/api/2.0/mlflow-artifacts/artifacts/../../x",
    ])
    func `a URI that leads astray is refused`(uri: String) {
        #expect(throws: RegistryError.invalid("Invalid path")) { try ArtifactPath.resolving(uri) }
    }
}
