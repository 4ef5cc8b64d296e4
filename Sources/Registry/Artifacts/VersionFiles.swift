import GRDB

/// Where the pinned files of versions are read: `versions/<model>/<n>/<file>`, cut short for their directories.
///
/// The model's name comes as it is, or percent-encoded as in the version's URI: MLflow's client sends a URI's path
/// as a path when it reads files, which is decoded on the way, and as a parameter when it lists, which is not.
struct VersionPath {
    var model: String?
    var version: Int64?
    var file: ArtifactPath?

    /// `nil` for a path that is not under `versions`, or cannot be a version's.
    init?(_ path: ArtifactPath) {
        let segments = path.segments(atMost: 4)
        guard path.isReserved else { return nil }
        if segments.count > 1 { model = String(segments[1]) }
        if segments.count > 2 {
            guard let number = Int64(segments[2]), String(number) == segments[2] else { return nil }
            version = number
        }
        if segments.count > 3 { file = try? ArtifactPath(String(segments[3])) }
    }
}

/// A file of a version, pinned when the version was made.
package struct PinnedFile: Equatable, Codable, Sendable {
    /// Relative to the version's directory.
    package var path: String
    package var digest: String
    package var size: Int64
}

extension Registry {
    /// Where a version's files are read through MLflow: always exactly those that were pinned.
    package static func versionURI(model: String, version: Int64) -> String {
        "mlflow-artifacts:/\(ArtifactPath.versions)/\(model.percentEncoded())/\(version)"
    }

    /// A version's files by path; none where it has none, or there is no such version.
    package func pinnedFiles(of model: String, version: Int64) async throws -> [PinnedFile] {
        try await read { database in try database.pinnedFiles(of: model, version: version) }
    }
}

extension Registry {
    /// Where the content of a version's file lies.
    package func path(of file: PinnedFile) -> String { blobs.file(of: file.digest) }
}

extension Database {
    func pinnedFiles(of model: String, version: Int64) throws -> [PinnedFile] {
        try Row.fetchAll(
            cachedStatement(
                sql: """
                    SELECT path, digest, size FROM model_version_file WHERE model = ? AND version = ?
                    ORDER BY path
                    """), arguments: [model, version]
        ).map { PinnedFile(path: $0["path"], digest: $0["digest"], size: $0["size"]) }
    }

    func pinnedArtifact(at path: ArtifactPath) throws -> Artifact? {
        guard let place = VersionPath(path), let version = place.version, let file = place.file,
            let model = try place.model.flatMap(model(spelled:))
        else { return nil }
        return try Row.fetchOne(
            cachedStatement(
                sql: """
                    SELECT f.digest, size, created FROM model_version_file f JOIN model_version USING (model, version)
                    WHERE model = ? AND version = ? AND path = ?
                    """), arguments: [model, version, file.text]
        ).map { row in
            Artifact(
                path: path, blob: Blob(digest: row["digest"], size: row["size"]), modified: row["created"])
        }
    }

    func pinnedEntries(under path: ArtifactPath) throws -> [ArtifactEntry] {
        guard let place = VersionPath(path) else { return [] }
        guard let spelling = place.model else { return try modelsWithPinnedFiles() }
        guard let model = try model(spelled: spelling) else { return [] }
        guard let version = place.version else { return try versionsWithPinnedFiles(of: model) }
        return try level(PathRange(under: place.file)) { lower, upper in
            try Row.fetchCursor(
                cachedStatement(
                    sql: """
                        SELECT path, size FROM model_version_file
                        WHERE model = ? AND version = ? AND path >= ? AND path < ? ORDER BY path
                        """), arguments: [model, version, lower, upper])
        }
    }

    func hasPinnedFiles() throws -> Bool {
        try Int.fetchOne(cachedStatement(sql: "SELECT 1 FROM model_version_file LIMIT 1")) != nil
    }

    private func modelsWithPinnedFiles() throws -> [ArtifactEntry] {
        let names = try String.fetchAll(
            cachedStatement(
                sql: """
                    SELECT name FROM registered_model WHERE EXISTS (
                        SELECT 1 FROM model_version_file WHERE model = name)
                    """))
        return names.map { ArtifactEntry(name: $0.percentEncoded()) }.sortedByName()
    }

    private func versionsWithPinnedFiles(of model: String) throws -> [ArtifactEntry] {
        let versions = try Int64.fetchAll(
            cachedStatement(
                sql: """
                    SELECT version FROM model_version v WHERE model = ? AND EXISTS (
                        SELECT 1 FROM model_version_file f WHERE f.model = v.model AND f.version = v.version)
                    """), arguments: [model])
        return versions.map { ArtifactEntry(name: String($0)) }.sortedByName()
    }

    /// The model that a segment of a path names: as it is, or percent-encoded.
    func model(spelled segment: String) throws -> String? {
        try [segment, segment.percentDecoded].lazy.compactMap { $0 }.first { name in
            try Int.fetchOne(
                cachedStatement(sql: "SELECT 1 FROM registered_model WHERE name = ?"), arguments: [name])
                != nil
        }
    }
}
