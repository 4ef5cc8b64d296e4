import FoundationEssentials
import GRDB
package import Retraining

/// What has become of a training set that was offered.
package enum TrainingSetProgress: Equatable, Sendable {
    /// Bytes are wanted, from the offset on.
    case uploading(TrainingSetOffer, offset: Int64)
    /// All are there.
    case kept(TrainingSet)
}

/// A training set's file while somebody sends a piece of it.
package struct TrainingSetUpload: Sendable {
    package let offer: TrainingSetOffer
    fileprivate let model: String
    fileprivate let file: PartialBlob

    /// - Throws: `RegistryError` when more comes than was announced.
    package func write(_ bytes: [UInt8]) async throws {
        guard try await file.size() + Int64(bytes.count) <= offer.size else {
            throw RegistryError.invalid(
                "More than the \(offer.size) bytes that were announced of dataset \(offer.sha256) were sent.")
        }
        try await file.write(bytes)
    }
}

extension Registry {
    /// Announces a file. Offered again it is the same training set, and the upload goes on where it was.
    ///
    /// - Throws: `RegistryError` of kind `conflict` when the model has the file already, to be read in another way.
    package func offer(
        _ offer: TrainingSetOffer, for model: String, by actor: Actor
    ) async throws -> TrainingSetProgress {
        try check(offer, for: model)
        if let known = try await read({ try TrainingSet.find(offer.sha256, of: model, $0) }) {
            return .kept(try await reconsider(known, offer, by: actor))
        }
        let blob = Blob(digest: offer.sha256, size: offer.size)
        if try blobs.renew(blob) { return .kept(try await keep(offer, for: model, by: actor)) }
        let name = try await begin(offer, for: model, by: actor)
        try blobs.ensurePartial(name)
        return .uploading(offer, offset: try blobs.partialStatus(name)?.size ?? 0)
    }

    private func check(_ offer: TrainingSetOffer, for model: String) throws {
        try Names.checkModelName(model, parameter: "model")
        do { try offer.check() } catch { throw RegistryError.invalid("\(error).") }
        guard offer.size <= trainingSetLimits.largest else {
            throw RegistryError.invalid(
                "A dataset has at most \(trainingSetLimits.largest) bytes, this one \(offer.size); "
                    + "the registry's setting 'largest' under [registry.datasets] says so.")
        }
    }

    /// One that could not be read is read again, perhaps in another way, or within other limits.
    private func reconsider(
        _ known: TrainingSet, _ offer: TrainingSetOffer, by actor: Actor
    ) async throws -> TrainingSet {
        guard known.state == .unusable else {
            if known.offer.reads(as: offer) { return known }
            throw RegistryError.conflict(
                "Model '\(known.model)' has dataset \(known.id) already, with another schema or time column; "
                    + "delete it first, to have it read in another way.")
        }
        let set = try await change(by: actor) { change in
            try change.execute(
                "UPDATE training_set SET offer = ?, state = 'inspecting', reason = '' WHERE model = ? AND id = ?",
                [try encoded(offer), known.model, known.id])
            try change.record("dataset.offer", known.id, known.model)
            return try TrainingSet.withID(known.id, of: known.model, change.database)
        }
        trainingSetArrivals.ring()
        return set
    }

    /// - Returns: the name of the file that bytes go to.
    private func begin(_ offer: TrainingSetOffer, for model: String, by actor: Actor) async throws -> String {
        let room = try blobs.room()
        return try await change(by: actor) { change in
            if let (name, known) = try change.database.upload(of: offer.sha256, of: model) {
                guard known.size == offer.size else {
                    throw RegistryError.conflict(
                        "Dataset \(offer.sha256) is being uploaded as \(known.size) bytes, not \(offer.size); "
                            + "delete that upload first.")
                }
                try change.execute(
                    "UPDATE training_set_upload SET offer = ? WHERE file = ?", [try encoded(offer), name])
                try change.record("dataset.offer", offer.sha256, model)
                return name
            }
            try change.database.requireRoom(for: offer, room)
            let name = Identifier.random()
            try change.execute(
                "INSERT INTO training_set_upload (model, id, file, offer, started) VALUES (?, ?, ?, ?, ?)",
                [model, offer.sha256, name, try encoded(offer), change.time])
            try change.record("dataset.offer", offer.sha256, model)
            return name
        }
    }

    /// A training set, or how far its upload is.
    package func trainingSetProgress(
        _ id: String, of model: String
    ) async throws -> TrainingSetProgress {
        let blobs = blobs
        return try await read { database in
            if let set = try TrainingSet.find(id, of: model, database) { return .kept(set) }
            guard let (name, offer) = try database.upload(of: id, of: model) else {
                throw TrainingSet.missing(id, of: model)
            }
            return .uploading(offer, offset: try blobs.partialStatus(name)?.size ?? 0)
        }
    }

    /// Begins to take in a piece of a file. Until it is let go nobody else sends another.
    ///
    /// - Throws: `RegistryError` of kind `conflict` when the piece does not begin where bytes are wanted.
    package func upload(
        ofTrainingSet id: String, of model: String, at offset: Int64
    ) async throws -> TrainingSetUpload {
        let found = try await read { database in
            if try TrainingSet.find(id, of: model, database) != nil {
                throw RegistryError.conflict("All bytes of dataset \(id) are there.")
            }
            return try database.upload(of: id, of: model)
        }
        guard let (name, offer) = found, try blobs.partialStatus(name) != nil else {
            throw TrainingSet.missing(id, of: model)
        }
        guard let file = try blobs.partial(name) else {
            throw RegistryError.conflict("Somebody else sends bytes of dataset \(id) right now.")
        }
        let size = try await file.size()
        guard size == offset else {
            throw RegistryError.conflict("Dataset \(id) goes on at byte \(size), not at \(offset).")
        }
        return TrainingSetUpload(offer: offer, model: model, file: file)
    }

    /// Ends a piece. When it was the last, the file is read again: it must hash to its id, else all of it is dropped.
    package func finish(_ upload: TrainingSetUpload, by actor: Actor) async throws -> TrainingSetProgress {
        let (offer, model) = (upload.offer, upload.model)
        let size = try await upload.file.size()
        guard size == offer.size else { return .uploading(offer, offset: size) }
        let found = try await upload.file.finish(expecting: offer.sha256)
        guard found == offer.sha256 else {
            await upload.file.remove()
            try await drop(offer.sha256, of: model, "its bytes hash to \(found)", by: actor)
            throw RegistryError.invalid(
                "The bytes of dataset \(offer.sha256) hash to \(found): nothing was kept. Has the file changed meanwhile? "
                    + "Begin again.")
        }
        return .kept(try await keep(offer, for: model, isAnnounced: true, by: actor))
    }

    /// Forgets an upload.
    func drop(_ id: String, of model: String, _ reason: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.execute("DELETE FROM training_set_upload WHERE model = ? AND id = ?", [model, id])
            try change.record("dataset.drop", id, "\(model): \(reason)")
        }
    }

    /// Makes what lies in the store a training set of the model.
    ///
    /// - Parameter isAnnounced: its upload was under way, and may have been deleted meanwhile.
    private func keep(
        _ offer: TrainingSetOffer, for model: String, isAnnounced: Bool = false, by actor: Actor
    ) async throws -> TrainingSet {
        let blobs = blobs
        let head = try await blobs.reader(of: offer.sha256).read(at: 0, count: 16)
        let set = try await change(by: actor) { change in
            guard try blobs.contains(offer.sha256) else {
                throw RegistryError.conflict(
                    "The bytes of dataset \(offer.sha256) were cleared away; begin again.")
            }
            if isAnnounced { try change.database.requireAnnounced(offer.sha256, of: model) }
            return try change.keep(offer, for: model, TrainingSet.Format(head))
        }
        trainingSetArrivals.ring()
        return set
    }
}

extension Change {
    fileprivate func keep(
        _ offer: TrainingSetOffer, for model: String, _ format: TrainingSet.Format
    ) throws -> TrainingSet {
        try execute("DELETE FROM training_set_upload WHERE model = ? AND id = ?", [model, offer.sha256])
        try execute(
            """
            INSERT INTO training_set (model, id, size, offer, format, state, created, created_by)
            VALUES (?, ?, ?, ?, ?, 'inspecting', ?, ?) ON CONFLICT (model, id) DO NOTHING
            """,
            [model, offer.sha256, offer.size, try encoded(offer), format.rawValue, time, actor.name])
        try record("dataset.add", offer.sha256, model)
        return try TrainingSet.withID(offer.sha256, of: model, database)
    }
}

extension Database {
    func upload(of id: String, of model: String) throws -> (file: String, TrainingSetOffer)? {
        try Row.fetchOne(
            self, sql: "SELECT file, offer FROM training_set_upload WHERE model = ? AND id = ?",
            arguments: [model, id]
        ).map { ($0["file"], try decoded($0["offer"])) }
    }

    fileprivate func requireAnnounced(_ id: String, of model: String) throws {
        let isKept = try TrainingSet.find(id, of: model, self) != nil
        guard try isKept || upload(of: id, of: model) != nil else { throw TrainingSet.missing(id, of: model) }
    }

    fileprivate func requireRoom(for offer: TrainingSetOffer, _ room: Int64) throws {
        guard offer.size <= room else {
            throw RegistryError(
                .exhausted,
                "The registry's disk has room for \(room) bytes, and the dataset has \(offer.size).")
        }
        let count = try Int.fetchOne(self, sql: "SELECT count(*) FROM training_set_upload") ?? 0
        guard count < TrainingSetLimits.uploadsAtOnce else {
            throw RegistryError(
                .exhausted, "\(count) datasets are being uploaded: finish or delete one of them first.")
        }
    }
}
