import GRDB

extension Registry {
    /// Clears away uploads that nobody goes on with, and files that no upload names any more.
    ///
    /// - Returns: how many uploads went.
    @discardableResult
    package func clearAbandonedUploads(by actor: Actor) async throws -> Int {
        let oldest = now / 1000 - trainingSetLimits.uploadPatience.components.seconds
        let (uploads, known) = try await read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT * FROM training_set_upload")
            return (
                rows.map {
                    AbandonedUpload(
                        model: $0["model"], id: $0["id"], file: $0["file"], started: $0["started"])
                },
                Set(rows.map { $0["file"] as String })
            )
        }
        var count = 0
        for upload in uploads where try await clear(upload, before: oldest, by: actor) { count += 1 }
        for name in try blobs.partialNames() where !known.contains(name) {
            _ = try await removePartial(name, before: oldest)
        }
        return count
    }

    private func clear(
        _ upload: AbandonedUpload, before time: Int64, by actor: Actor
    ) async throws -> Bool {
        let isGone = try blobs.partialStatus(upload.file) == nil
        if isGone {
            guard upload.started / 1000 < time else { return false }
        } else {
            guard try await removePartial(upload.file, before: time) else { return false }
        }
        try await drop(upload.id, of: upload.model, "nobody went on with it", by: actor)
        return true
    }

    /// Removes a file that nobody has written to since a time, in seconds since 1970.
    private func removePartial(_ name: String, before time: Int64) async throws -> Bool {
        guard let status = try blobs.partialStatus(name), status.modified < time,
            let file = try blobs.partial(name)
        else { return false }
        await file.remove()
        return true
    }
}

private struct AbandonedUpload {
    var model: String
    var id: String
    var file: String
    /// Milliseconds since 1970.
    var started: Int64
}
