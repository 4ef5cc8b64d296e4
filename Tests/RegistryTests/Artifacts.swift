import Foundation
import Testing

@testable import Registry

let tester = Actor(name: "tester", client: "tests")

/// A registry in a folder of its own, and the folder.
struct ArtifactFixture {
    let folder = temporaryFolder()
    let registry: Registry
    var artifacts: String { folder + "/artifacts" }

    init(clock: @escaping @Sendable () -> Int64 = Registry.systemClock) throws {
        registry = try Registry(folder: folder, clock: clock)
    }

    @discardableResult func put(_ text: String, at path: String) async throws -> Artifact {
        let path = try ArtifactPath(path)
        return try await registry.put(store(text, for: path), at: path, by: tester)
    }

    /// Content that nothing names yet.
    func store(_ text: String, for path: ArtifactPath? = nil) async throws -> Blob {
        let upload = try registry.upload(to: path ?? ArtifactPath("x"))
        try await upload.write(Array(text.utf8))
        return try await upload.finish()
    }

    func text(at path: String) async throws -> String {
        let artifact = try await registry.artifact(at: ArtifactPath(path))
        let bytes = try await registry.content(of: artifact).read(at: 0, count: Int(artifact.blob.size))
        return String(decoding: bytes, as: UTF8.self)
    }

    func names(under path: String?) async throws -> [String] {
        try await registry.artifacts(under: path.map { try ArtifactPath($0) }).map {
            $0.isDirectory ? $0.name + "/" : $0.name
        }
    }

    /// A version of a model, and the digest of what was pinned for it.
    func version(_ model: String, _ version: Int64, of path: String) async throws -> String? {
        let path = try ArtifactPath(path)
        return try await registry.change(by: tester) { change in
            try change.insertVersion(model, version)
            return try change.pin(filesUnder: path, model: model, version: version)
        }
    }

    /// Every file under the folder of artifacts, relative to it.
    var files: [String] {
        FileManager.default.enumerator(atPath: artifacts)!.compactMap { $0 as? String }.filter { name in
            var isDirectory: ObjCBool = false
            _ = unsafe FileManager.default.fileExists(
                atPath: artifacts + "/" + name, isDirectory: &isDirectory)
            return !isDirectory.boolValue
        }
    }

    func file(of blob: Blob) -> String { "\(artifacts)/\(blob.digest.prefix(2))/\(blob.digest.dropFirst(2))" }

    func age(_ path: String, seconds: TimeInterval) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path)
    }
}

extension Change {
    func insertVersion(_ model: String, _ version: Int64, run: String = "", loggedModel: String? = nil) throws
    {
        try execute(
            """
            INSERT INTO registered_model (name, created, updated, life)
            SELECT ?, 1, 1, 1 + count(*) FROM registered_model WHERE true ON CONFLICT (name) DO NOTHING
            """, [model])
        try execute(
            """
            INSERT INTO model_version (model, version, created, updated, source, run, logged_model)
            VALUES (?, ?, 7000, 7000, '', ?, ?)
            """, [model, version, run, loggedModel])
    }
}
