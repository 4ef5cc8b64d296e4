import GRDB

/// What a collection of garbage removed, or would remove.
package struct GarbageReport: Equatable, Codable, Sendable {
    /// Contents that no artifact, no version's file and no training set names.
    package var blobs = 0
    /// What they, and abandoned uploads, take.
    package var bytes: Int64 = 0
    /// Files of uploads that a registry left behind when it was killed.
    package var abandonedUploads = 0
    /// What was deleted long enough ago, where that was asked for.
    package var purged = PurgeReport()
}

extension Registry {
    /// Removes content that nothing names. A registry may run beside it: what was uploaded less than `age` ago stays,
    /// as whoever uploaded it may be about to name it, and naming content that is gone is refused.
    ///
    /// - Parameters:
    ///   - age: since the content was last uploaded.
    ///   - deletedAge: removes first, for good, runs, logged models and experiments that were deleted longer ago than
    ///     this, and their artifacts; `nil` leaves all of them. What a version came from stays.
    ///   - dryRun: counts what would be removed, and removes nothing.
    package func collectGarbage(
        olderThan age: Duration, purgingDeletedOlderThan deletedAge: Duration? = nil, dryRun: Bool,
        by actor: Actor
    ) async throws -> GarbageReport {
        var report = GarbageReport()
        var orphans: [String] = []
        if let deletedAge {
            (report.purged, orphans) = try await purge(
                deletedBefore: now - deletedAge.milliseconds, dryRun, actor)
        }
        let newest = now / 1000 - age.components.seconds
        let garbage = try await unnamedBlobs(before: newest)
        if dryRun {
            let more = try orphans.compactMap { try oldBlob($0, before: newest) }
            report.count(garbage + more)
            report.count(abandoned: try blobs.abandonedUploads(before: newest))
            return report
        }
        report.count(try await removeBlobs(garbage, before: newest, actor))
        report.count(
            abandoned: try blobs.abandonedUploads(before: newest).filter { BlobFile.remove($0.path) })
        return report
    }

    private func oldBlob(_ digest: String, before time: Int64) throws -> Blob? {
        guard let status = try blobs.status(of: digest), status.modified < time else { return nil }
        return Blob(digest: digest, size: status.size)
    }

    /// Looks without holding up writers; what it finds is looked at again before it goes.
    private func unnamedBlobs(before time: Int64) async throws -> [Blob] {
        let blobs = blobs
        return try await read { database in
            var garbage: [Blob] = []
            try blobs.forEachBlob(before: time) { blob in
                if try !database.names(blob.digest) { garbage.append(blob) }
            }
            return garbage
        }
    }

    /// In one transaction, so that nothing is named meanwhile.
    private func removeBlobs(_ garbage: [Blob], before time: Int64, _ actor: Actor) async throws -> [Blob] {
        guard !garbage.isEmpty else { return [] }
        return try await change(by: actor) { [self] change in
            let removed = try garbage.filter { blob in
                try oldBlob(blob.digest, before: time) != nil && !change.database.names(blob.digest)
                    && blobs.remove(blob.digest)
            }
            try change.record("artifact.collect", "\(removed.count) blobs", "\(removed.bytes) bytes")
            return removed
        }
    }

    /// - Returns: also the contents that nothing names once that is gone.
    private func purge(
        deletedBefore time: Int64, _ dryRun: Bool, _ actor: Actor
    ) async throws -> (PurgeReport, [String]) {
        let now = now
        return try await database.writeWithoutTransaction { database in
            var result = (PurgeReport(), [String]())
            try database.inTransaction(.immediate) {
                result = try Change(database: database, actor: actor, time: now).purge(deletedBefore: time)
                return dryRun ? .rollback : .commit
            }
            return result
        }
    }
}

extension Database {
    /// Whether an artifact, a version's file or a training set has that content.
    func names(_ digest: String) throws -> Bool {
        try Bool.fetchOne(
            cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM artifact WHERE digest = ?1)
                        OR EXISTS (SELECT 1 FROM model_version_file WHERE digest = ?1)
                        OR EXISTS (SELECT 1 FROM training_set WHERE id = ?1)
                        OR EXISTS (SELECT 1 FROM training_set WHERE reference = ?1)
                    """), arguments: [digest]) ?? false
    }
}

extension GarbageReport {
    fileprivate mutating func count(_ garbage: [Blob]) {
        blobs += garbage.count
        bytes += garbage.bytes
    }

    fileprivate mutating func count(abandoned: [(path: String, size: Int64)]) {
        abandonedUploads += abandoned.count
        bytes += abandoned.reduce(0) { $0 + $1.size }
    }
}

extension [Blob] {
    fileprivate var bytes: Int64 { reduce(0) { $0 + $1.size } }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
