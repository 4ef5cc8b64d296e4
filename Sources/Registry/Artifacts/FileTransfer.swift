package import FoundationEssentials
import GRDB

extension Registry {
    /// Takes in a file of this machine, in memory that does not depend on its size.
    @discardableResult
    package func put(file: String, at path: ArtifactPath, by actor: Actor) async throws -> Artifact {
        try await put(blobs.copy(of: file), at: path, by: actor)
    }

    /// Takes in a text.
    @discardableResult
    package func put(_ bytes: some Sequence<UInt8>, at path: ArtifactPath, by actor: Actor) async throws
        -> Artifact
    {
        let upload = try upload(to: path)
        try await upload.write(Array(bytes))
        return try await put(upload.finish(), at: path, by: actor)
    }

    /// A file of a run; `nil` where there is none.
    ///
    /// - Parameter path: under the run's artifacts.
    package func data(ofRun run: String, _ path: String) async throws -> Data? {
        guard let root = try await ArtifactPath.resolving(artifactURI(ofRun: run)) else { return nil }
        let file = try root.appending(ArtifactPath(path))
        guard let digest = try await read({ try $0.row(ofArtifact: file.text)?["digest"] as String? }) else {
            return nil
        }
        return FileManager.default.contents(atPath: blobs.file(of: digest))
    }

    /// Writes the pinned files of a version into a folder.
    ///
    /// - Throws: `RegistryError` of kind `conflict` when one of them was altered or is missing.
    package func copyFiles(ofVersion version: Int64, of model: String, to folder: String) async throws {
        for file in try await pinnedFiles(of: model, version: version) {
            let path = "\(folder)/\(file.path)"
            try FileManager.default.createDirectory(
                atPath: URL(filePath: path).deletingLastPathComponent().path,
                withIntermediateDirectories: true)
            try await checkContent(file.digest, "file \(file.path) of version \(version) of \(model)")
            try FileManager.default.copyItem(atPath: blobs.file(of: file.digest), toPath: path)
        }
    }

    /// Bytes that may still be written.
    package func room() throws -> Int64 { try blobs.room() }

    /// Reads a training set's file again.
    ///
    /// - Throws: `RegistryError` of kind `conflict` when it was altered or is missing.
    package func checkContent(of set: TrainingSet) async throws {
        try await checkContent(set.id, "dataset \(set.id)")
    }

    private func checkContent(_ digest: String, _ what: String) async throws {
        let found: String
        do { found = try await blobs.reader(of: digest).rehash() } catch {
            throw RegistryError.conflict(
                "The content of \(what) cannot be read: \(error); `leeway registry verify` says more.")
        }
        guard found == digest else {
            throw RegistryError.conflict(
                "The content of \(what) was altered: it hashes to \(found); `leeway registry verify` says more."
            )
        }
    }
}
