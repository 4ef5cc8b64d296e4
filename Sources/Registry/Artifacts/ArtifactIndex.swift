import FoundationEssentials
import GRDB

extension Registry {
    /// Content to come for a path: write to it, finish it, and `put` it there.
    ///
    /// - Throws: `RegistryError` for a path where nothing can be written; `BlobStoreError`.
    package func upload(to path: ArtifactPath) throws -> BlobUpload {
        try path.requireWritable()
        return try blobs.upload()
    }

    /// Names content. What the path named before is forgotten.
    @discardableResult
    package func put(_ blob: Blob, at path: ArtifactPath, by actor: Actor) async throws -> Artifact {
        try path.requireWritable()
        let blobs = blobs
        return try await change(by: actor) { change in
            guard try blobs.contains(blob.digest) else {
                throw RegistryError.conflict("The content of '\(path)' was cleared away; upload it again")
            }
            return try change.put(blob, at: path)
        }
    }

    /// - Throws: `RegistryError` when there is no file at the path.
    package func artifact(at path: ArtifactPath) async throws -> Artifact {
        try await read { database in
            if let artifact = try database.artifact(at: path) { return artifact }
            guard try database.isDirectory(path) else {
                throw RegistryError.notFound("No such artifact: '\(path)'")
            }
            throw RegistryError.invalid("Artifact path refers to a directory, not a file: '\(path)'")
        }
    }

    /// - Throws: `RegistryError` when the artifact was deleted and cleared away since it was asked for.
    package func content(of artifact: Artifact) throws -> BlobReader {
        do {
            return try blobs.reader(of: artifact.blob.digest)
        } catch {
            throw error.isMissing ? RegistryError.notFound("No such artifact: '\(artifact.path)'") : error
        }
    }

    /// Where a run keeps its artifacts.
    package func artifactURI(ofRun run: String) async throws -> String {
        try await read { database in
            let uri = try String.fetchOne(
                database, sql: "SELECT artifact_uri FROM run WHERE id = ?", arguments: [run])
            guard let uri else { throw RegistryError.notFound("Run with id=\(run) not found") }
            return uri
        }
    }

    /// The files and directories of a directory, or of the root, by name; none for a file or for nothing.
    package func artifacts(under path: ArtifactPath?) async throws -> [ArtifactEntry] {
        try await read { database in try database.entries(under: path) }
    }

    /// Deletes a file, or a directory with all in it; nothing is fine too.
    ///
    /// - Returns: how many files went.
    @discardableResult
    package func deleteArtifacts(at path: ArtifactPath, by actor: Actor) async throws -> Int {
        try path.requireWritable()
        return try await change(by: actor) { change in
            let count = try change.deleteArtifacts(at: path)
            if count > 0 { try change.record("artifact.delete", path.text, "\(count) files") }
            return count
        }
    }
}

extension Change {
    func put(_ blob: Blob, at path: ArtifactPath) throws -> Artifact {
        try requireNoClash(path)
        try execute(
            """
            INSERT INTO artifact (path, digest, size, modified) VALUES (?, ?, ?, ?)
            ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, size = excluded.size,
                modified = excluded.modified
            """, [path.text, blob.digest, blob.size, time])
        try record("artifact.put", path.text, blob.digest)
        return Artifact(path: path, blob: blob, modified: time)
    }

    /// A path cannot name both a file and a directory.
    private func requireNoClash(_ path: ArtifactPath) throws {
        for ancestor in path.ancestors where try database.row(ofArtifact: ancestor) != nil {
            throw RegistryError.invalid("'\(path)' cannot be a file: '\(ancestor)' is one, not a directory")
        }
        guard try !database.hasArtifacts(in: PathRange(under: path)) else {
            throw RegistryError.invalid("'\(path)' cannot be a file: it is a directory")
        }
    }

    func deleteArtifacts(at path: ArtifactPath) throws -> Int {
        try execute("DELETE FROM artifact WHERE path = ?", [path.text])
        let files = database.changesCount
        let range = PathRange(under: path)
        try execute("DELETE FROM artifact WHERE path >= ? AND path < ?", [range.lower, range.upper])
        return files + database.changesCount
    }
}

/// The paths of everything in a directory: an index is in byte order, so they lie between `dir/` and `dir0`.
struct PathRange {
    var prefix: String
    var lower: String
    /// Not among them.
    var upper: DatabaseValue

    init(under path: ArtifactPath?) {
        guard let path else {
            // Every text comes before any BLOB.
            (prefix, lower, upper) = ("", "", Data([0]).databaseValue)
            return
        }
        prefix = path.text + "/"
        (lower, upper) = (prefix, (path.text + "0").databaseValue)
    }
}

extension Database {
    func row(ofArtifact path: String) throws -> Row? {
        try Row.fetchOne(
            cachedStatement(sql: "SELECT digest, size, modified FROM artifact WHERE path = ?"),
            arguments: [path])
    }

    func hasArtifacts(in range: PathRange) throws -> Bool {
        try Int.fetchOne(
            cachedStatement(sql: "SELECT 1 FROM artifact WHERE path >= ? AND path < ? LIMIT 1"),
            arguments: [range.lower, range.upper]) != nil
    }

    fileprivate func artifact(at path: ArtifactPath) throws -> Artifact? {
        if path.isReserved { return try pinnedArtifact(at: path) }
        return try row(ofArtifact: path.text).map { row in
            Artifact(
                path: path, blob: Blob(digest: row["digest"], size: row["size"]), modified: row["modified"])
        }
    }

    fileprivate func isDirectory(_ path: ArtifactPath) throws -> Bool {
        path.isReserved
            ? try !pinnedEntries(under: path).isEmpty : try hasArtifacts(in: PathRange(under: path))
    }

    func entries(under path: ArtifactPath?) throws -> [ArtifactEntry] {
        if let path, path.isReserved { return try pinnedEntries(under: path) }
        let entries = try level(PathRange(under: path)) { lower, upper in
            try Row.fetchCursor(
                cachedStatement(
                    sql: "SELECT path, size FROM artifact WHERE path >= ? AND path < ? ORDER BY path"),
                arguments: [lower, upper])
        }
        guard path == nil, try hasPinnedFiles() else { return entries }
        return (entries + [ArtifactEntry(name: ArtifactPath.versions)]).sortedByName()
    }

    /// One level of a directory. Where a directory in it begins, the scan goes on behind its end, so that the cost
    /// follows what is answered, not what lies deeper.
    func level(
        _ range: PathRange, _ rows: (_ lower: String, _ upper: DatabaseValue) throws -> RowCursor
    ) throws -> [ArtifactEntry] {
        var entries: [ArtifactEntry] = []
        var lower: String? = range.lower
        while let start = lower {
            lower = nil
            let cursor = try rows(start, range.upper)
            while lower == nil, let row = try cursor.next() {
                let rest = (row["path"] as String).utf8.dropFirst(range.prefix.utf8.count)
                let name = String(decoding: rest.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self)
                let isFile = name.utf8.count == rest.count
                entries.append(ArtifactEntry(name: name, size: isFile ? row["size"] : nil))
                lower = isFile ? nil : range.prefix + name + "0"
            }
        }
        return entries.sortedByName()
    }
}

extension [ArtifactEntry] {
    /// In byte order, as MLflow sorts.
    func sortedByName() -> [ArtifactEntry] {
        sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}
