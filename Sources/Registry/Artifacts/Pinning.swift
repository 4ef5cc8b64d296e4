import Crypto
import FoundationEssentials
import GRDB

extension Change {
    /// Makes the files under a path, or the one file at it, those of a version, whatever is written there later.
    ///
    /// The version's digest is the SHA-256 of the lines `<sha256>  <path>` of all its files, sorted by path in byte
    /// order. On a copy of the version's directory that is
    /// `find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum`.
    ///
    /// - Returns: the digest; `nil` when there are no files.
    func pin(filesUnder path: ArtifactPath, model: String, version: Int64) throws -> String? {
        if path.isReserved {
            guard let place = VersionPath(path), let source = place.version,
                let name = try place.model.flatMap(database.model(spelled:))
            else { return nil }
            return try pin(filesOf: (name, source), under: place.file, model: model, version: version)
        }
        let range = PathRange(under: path)
        try execute(
            """
            INSERT INTO model_version_file (model, version, path, digest, size)
            SELECT ?, ?, ?, digest, size FROM artifact WHERE path = ?
            UNION ALL SELECT ?, ?, substr(path, ?), digest, size FROM artifact WHERE path >= ? AND path < ?
            """,
            [
                model, version, path.name, path.text,
                model, version, range.charactersBeforeName + 1, range.lower, range.upper,
            ])
        return try manifestDigest(of: model, version: version)
    }

    /// Makes the files of one version those of another too, or those in a directory of it.
    func pin(
        filesOf source: (model: String, version: Int64), under path: ArtifactPath? = nil,
        model: String, version: Int64
    ) throws -> String? {
        let range = PathRange(under: path)
        try execute(
            """
            INSERT INTO model_version_file (model, version, path, digest, size)
            SELECT ?, ?, ?, digest, size FROM model_version_file WHERE model = ? AND version = ? AND path = ?
            UNION ALL SELECT ?, ?, substr(path, ?), digest, size FROM model_version_file
                WHERE model = ? AND version = ? AND path >= ? AND path < ?
            """,
            [
                model, version, path?.name, source.model, source.version, path?.text,
                model, version, range.charactersBeforeName + 1,
                source.model, source.version, range.lower, range.upper,
            ])
        return try manifestDigest(of: model, version: version)
    }

    private func manifestDigest(of model: String, version: Int64) throws -> String? {
        let files = try database.pinnedFiles(of: model, version: version)
        guard !files.isEmpty else { return nil }
        var hash = SHA256()
        for file in files { hash.update(data: Data("\(file.digest)  \(file.path)\n".utf8)) }
        return hash.finalize().hexadecimal
    }
}

extension PathRange {
    /// As SQLite counts: code points.
    fileprivate var charactersBeforeName: Int { prefix.unicodeScalars.count }
}
