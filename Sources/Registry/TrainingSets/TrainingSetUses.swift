import GRDB
import Retraining

extension Dataset {
    /// A training set as a run's input: what MLflow shows, and what keeps the training set from being deleted.
    package init(_ set: TrainingSet) {
        let uri = DatasetLocation.kept(id: set.id).uri
        self.init(
            name: set.model, digest: String(set.id.prefix(32)), sourceType: "leeway",
            source: #"{"uri":"\#(uri)"}"#, schema: nil, profile: nil)
    }
}

extension Database {
    /// - Throws: `RegistryError` of kind `conflict` that names what refers to the training set: a request that is open or
    ///   has led somewhere, a run, or a rollout in whose shadow it was scored.
    func refuseUsed(_ id: String, of model: String) throws {
        let requests = try String.fetchAll(
            self,
            sql: """
                SELECT id FROM retrain_request WHERE training_set = ? AND model = ?
                    AND state NOT IN ('refused', 'covered', 'cancelled')
                """, arguments: [id, model]
        ).map { "retrain request \($0.prefix(12))" }
        let runs = try String.fetchAll(
            self,
            sql: """
                SELECT DISTINCT run FROM run_dataset JOIN dataset ON dataset.id = run_dataset.dataset
                WHERE instr(source, ?) > 0
                """, arguments: [DatasetLocation.kept(id: id).uri]
        ).map { "run \($0)" }
        let rollouts = try String.fetchAll(
            self,
            sql: """
                SELECT DISTINCT rollout.id FROM rollout_rows JOIN rollout ON rollout.id = rollout_rows.rollout
                WHERE training_set = ? AND model = ?
                """, arguments: [id, model]
        ).map { "rollout \($0)" }
        let uses = requests + runs + rollouts
        guard !uses.isEmpty else { return }
        let named =
            uses.prefix(5).joined(separator: ", ") + (uses.count > 5 ? " and \(uses.count - 5) more" : "")
        throw RegistryError.conflict("Dataset \(id) is what \(named) was made from; it stays with them.")
    }
}

extension RetrainRequest {
    /// The registry's own training set that it names.
    var trainingSet: String? {
        guard case .kept(let id)? = try? dataset?.location() else { return nil }
        return id
    }
}

extension Change {
    /// - Throws: `RegistryError` when a request names a training set that the model has not, or that cannot be trained on.
    func requireTrainingSet(of request: RetrainRequest) throws {
        guard let id = request.trainingSet else { return }
        try requireTrainingSet(id, of: request.model)
    }

    /// - Throws: `RegistryError` when the model has no such training set, or it cannot be trained on.
    func requireTrainingSet(_ id: String, of model: String) throws {
        guard let set = try TrainingSet.find(id, of: model, database) else {
            throw RegistryError.invalid(
                "dataset.uri names \(id), which is no dataset of model '\(model)'; "
                    + "`leeway dataset add` uploads one.")
        }
        guard set.state != .unusable else {
            throw RegistryError.invalid("dataset.uri names \(id), which is unusable: \(set.reason)")
        }
    }
}
