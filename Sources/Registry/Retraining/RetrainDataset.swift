import Retraining

extension Registry {
    /// Says what rows a request is to be trained on that was proposed without any. The first that are given stay; given
    /// again they are the same.
    ///
    /// - Parameter id: of a training set of the request's model; it may still be waiting to be read.
    /// - Throws: `RegistryError` of kind `conflict` when the request has other rows, which are named, or has ended.
    package func giveDataset(
        _ id: String, to request: String, by actor: Actor
    ) async throws -> RetrainRecord {
        try await change(by: actor) { change in
            try change.give(id, to: RetrainRecord.withID(request, change.database))
            return try RetrainRecord.withID(request, change.database)
        }
    }
}

extension Change {
    fileprivate func give(_ id: String, to record: RetrainRecord) throws {
        let dataset = RetrainRequest.Dataset(keptAs: id)
        guard record.request.trainingSet != id else {
            return try self.record("retrain.dataset", record.id, "\(dataset.uri), again")
        }
        try refuseGift(to: record)
        try requireTrainingSet(id, of: record.model)
        var request = record.request
        request.dataset = dataset
        try execute(
            "UPDATE retrain_request SET body = ?, training_set = ? WHERE id = ?",
            [try request.encoded(), id, record.id])
        try self.record("retrain.dataset", record.id, dataset.uri)
    }

    private func refuseGift(to record: RetrainRecord) throws {
        guard record.state.isOpen else {
            throw RegistryError.conflict(
                "Retrain request \(record.id) has ended already: \(record.state.rawValue).")
        }
        if let dataset = record.request.dataset {
            throw RegistryError.conflict(
                "Retrain request \(record.id) has a dataset already, \(dataset.uri): the first stays.")
        }
    }
}
