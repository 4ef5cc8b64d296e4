import Foundation
import Testing

@testable import Registry

struct VersionFilesTests {
    @Test func `a version's files are what they were when it was made`() async throws {
        let store = try ArtifactFixture()
        try await store.put("abc", at: "1/m/artifacts/MLmodel")
        try await store.put("code", at: "1/m/artifacts/code/a.py")
        _ = try await store.version("fraud", 1, of: "1/m/artifacts")
        try await store.put("changed", at: "1/m/artifacts/MLmodel")
        try await store.registry.deleteArtifacts(at: ArtifactPath("1/m/artifacts/code"), by: tester)

        #expect(try await store.text(at: "versions/fraud/1/MLmodel") == "abc")
        #expect(try await store.text(at: "versions/fraud/1/code/a.py") == "code")
        #expect(try await store.names(under: nil) == ["1/", "versions/"])
        #expect(try await store.names(under: "versions") == ["fraud/"])
        #expect(try await store.names(under: "versions/fraud") == ["1/"])
        #expect(try await store.names(under: "versions/fraud/1") == ["MLmodel", "code/"])
        #expect(try await store.names(under: "versions/fraud/1/code") == ["a.py"])
        #expect(
            try await store.registry.artifact(at: ArtifactPath("versions/fraud/1/MLmodel")).modified == 7000)
    }

    @Test(arguments: ["versions", "versions/fraud", "versions/fraud/1/MLmodel", "versions/new/1/x"])
    func `nothing is written or deleted under versions`(path: String) async throws {
        let store = try ArtifactFixture()
        try await store.put("abc", at: "1/m/artifacts/MLmodel")
        _ = try await store.version("fraud", 1, of: "1/m/artifacts")
        let written = await #expect(throws: RegistryError.self) { try await store.put("x", at: path) }
        let deleted = await #expect(throws: RegistryError.self) {
            try await store.registry.deleteArtifacts(at: ArtifactPath(path), by: tester)
        }
        #expect(written?.kind == .forbidden)
        #expect(deleted?.description.contains("versions of models are immutable") == true)
        #expect(try await store.text(at: "versions/fraud/1/MLmodel") == "abc")
    }

    @Test(arguments: [
        "versions/fraud/2/MLmodel", "versions/fraud/01/MLmodel", "versions/fraud/+1/MLmodel",
        "versions/other/1/MLmodel",
        "versions/fraud/1/nothing", "versions/fraud/one/MLmodel",
        "versions/fraud/9223372036854775808/MLmodel",
    ])
    func `a version or a file that is not there is not found`(path: String) async throws {
        let store = try ArtifactFixture()
        try await store.put("abc", at: "1/m/artifacts/MLmodel")
        _ = try await store.version("fraud", 1, of: "1/m/artifacts")
        await #expect(throws: RegistryError.notFound("No such artifact: '\(path)'")) {
            try await store.text(at: path)
        }
    }

    @Test(arguments: [
        ("fraud-detector_1.0~x", "fraud-detector_1.0~x"), ("a b", "a%20b"), ("50%", "50%25"),
        ("a#b?c", "a%23b%3Fc"),
        ("é+", "%C3%A9%2B"), ("a%20b", "a%2520b"),
    ])
    func `a model's name may hold anything, spelled as it is or as in its URI`(
        name: String, encoded: String
    ) async throws {
        let store = try ArtifactFixture()
        try await store.put("abc", at: "1/m/artifacts/MLmodel")
        _ = try await store.version(name, 3, of: "1/m/artifacts")
        #expect(Registry.versionURI(model: name, version: 3) == "mlflow-artifacts:/versions/\(encoded)/3")
        for spelling in [name, encoded] {
            #expect(try await store.text(at: "versions/\(spelling)/3/MLmodel") == "abc")
            #expect(try await store.names(under: "versions/\(spelling)/3") == ["MLmodel"])
        }
        #expect(try await store.names(under: "versions") == [encoded + "/"])
    }
}
