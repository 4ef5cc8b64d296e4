import FoundationEssentials
import GRDB
package import Retraining

extension Registry {
    /// Newest first.
    ///
    /// - Parameters:
    ///   - model: `nil` for all.
    ///   - prefix: how the id begins, in lower-case hexadecimal digits.
    package func trainingSets(
        of model: String? = nil, idPrefix prefix: String = "", limit: Int
    ) async throws -> [TrainingSet] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM training_set
                    WHERE (?1 IS NULL OR model = ?1) AND substr(id, 1, length(?2)) = ?2
                    ORDER BY sequence DESC LIMIT ?3
                    """, arguments: [model, prefix, limit]
            ).map(TrainingSet.init)
        }
    }

    package func trainingSet(_ id: String, of model: String) async throws -> TrainingSet {
        try await read { try TrainingSet.withID(id, of: model, $0) }
    }

    /// The file, under the name it is downloaded by.
    ///
    /// - Throws: `RegistryError` of kind `conflict` for one that is unusable: what is no table of rows was perhaps never meant
    ///   to be given to anybody.
    package func content(of set: TrainingSet) throws -> (Artifact, BlobReader) {
        guard set.state != .unusable else {
            throw RegistryError.conflict("Dataset \(set.id) is unusable: \(set.reason)")
        }
        let path = try ArtifactPath("\(set.id).\(set.format.rawValue)")
        let artifact = Artifact(path: path, blob: set.blob, modified: set.created)
        return (artifact, try content(of: artifact))
    }

    /// Where the file lies.
    package func file(of set: TrainingSet) -> String { blobs.file(of: set.id) }

    /// The reference file that its features make.
    ///
    /// - Throws: `RegistryError` of kind `conflict` when it is not ready.
    package func reference(of set: TrainingSet) async throws -> (Artifact, BlobReader) {
        let digest = try await read { database in
            try String.fetchOne(
                database, sql: "SELECT reference FROM training_set WHERE model = ? AND id = ?",
                arguments: [set.model, set.id])
        }
        guard let digest, let status = try blobs.status(of: digest) else {
            let why = set.reason.isEmpty ? "" : ": \(set.reason)"
            throw RegistryError.conflict(
                "Dataset \(set.id) has no reference, it is \(set.state.rawValue)\(why)")
        }
        let artifact = Artifact(
            path: try ArtifactPath("\(set.id).reference.json"), blob: Blob(digest: digest, size: status.size),
            modified: set.created)
        return (artifact, try content(of: artifact))
    }

    /// Deletes a training set that nothing refers to, or ends its upload. The content stays until garbage is collected.
    package func deleteTrainingSet(_ id: String, of model: String, by actor: Actor) async throws {
        let blobs = blobs
        let upload = try await change(by: actor) { change in
            let upload = try change.database.upload(of: id, of: model)?.file
            guard try upload != nil || TrainingSet.find(id, of: model, change.database) != nil else {
                throw TrainingSet.missing(id, of: model)
            }
            try change.database.refuseUsed(id, of: model)
            for table in ["training_set", "training_set_upload"] {
                try change.execute("DELETE FROM \(table) WHERE model = ? AND id = ?", [model, id])
            }
            try change.record("dataset.delete", id, model)
            return upload
        }
        if let upload { try await blobs.partial(upload)?.remove() }
    }
}

// MARK: - What is in them

extension Registry {
    /// Those that wait to be read, the oldest first.
    package func trainingSetsToInspect() async throws -> [TrainingSet] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM training_set WHERE state = 'inspecting' ORDER BY sequence"
            ).map(TrainingSet.init)
        }
    }

    /// Says what is in a training set. One that was deleted meanwhile, or is to be read in another way, is left alone.
    ///
    /// - Parameter reference: where the reference lies that its features make.
    package func settle(
        _ set: TrainingSet, _ facts: TrainingSetFacts, reference: String, by actor: Actor
    ) async throws {
        let (blob, blobs) = (try await blobs.copy(of: reference), blobs)
        try await change(by: actor) { change in
            guard try blobs.contains(blob.digest) else {
                throw RegistryError.conflict("The reference of dataset \(set.id) was cleared away.")
            }
            try change.settle(set, .ready, "", facts: facts, reference: blob.digest)
        }
    }

    /// Says why a training set cannot be trained on.
    package func refuse(_ set: TrainingSet, _ reason: String, by actor: Actor) async throws {
        try await change(by: actor) { try $0.settle(set, .unusable, reason.truncated(to: 2000)) }
    }
}

extension Change {
    fileprivate func settle(
        _ set: TrainingSet, _ state: TrainingSet.State, _ reason: String, facts: TrainingSetFacts? = nil,
        reference: String? = nil
    ) throws {
        var facts = facts
        if let cutoff = set.offer.labelCutoff { facts?.labelCutoff = cutoff }
        try execute(
            """
            UPDATE training_set SET state = ?, reason = ?, facts = ?, reference = ?
            WHERE model = ? AND id = ? AND state = 'inspecting' AND offer = ?
            """,
            [
                state.rawValue, reason, try facts.map { try encoded($0) }, reference, set.model, set.id,
                try encoded(set.offer),
            ])
        try record("dataset.\(state.rawValue)", set.id, reason)
    }
}

// MARK: - When a model changes

extension Change {
    /// Training sets follow the model's name; those that the name had before stay beside them.
    func renameTrainingSets(of model: String, to newName: String) throws {
        guard !newName.isIdentical(to: model) else { return }
        for table in ["training_set", "training_set_upload"] {
            try execute("UPDATE OR IGNORE \(table) SET model = ? WHERE model = ?", [newName, model])
            try execute("DELETE FROM \(table) WHERE model = ?", [model])
        }
    }
}
