import GRDB

/// What is logged to a run at once: all of it is kept, or none.
package struct LogBatch: Sendable {
    /// Measurements, with the logged model that was measured where one was, and on which dataset.
    package struct Measurement: Sendable {
        package var metric: Metric
        package var model: String?
        package var datasetName: String
        package var datasetDigest: String

        package init(
            metric: Metric, model: String? = nil, datasetName: String = "", datasetDigest: String = ""
        ) {
            (self.metric, self.model) = (metric, model)
            (self.datasetName, self.datasetDigest) = (datasetName, datasetDigest)
        }
    }

    package var metrics: [Measurement]
    package var params: [Tag]
    package var tags: [Tag]

    package init(metrics: [Measurement] = [], params: [Tag] = [], tags: [Tag] = []) {
        (self.metrics, self.params, self.tags) = (metrics, params, tags)
    }
}

extension Registry {
    package func log(_ batch: LogBatch, toRun id: String, by actor: Actor) async throws {
        let checked = try batch.checked()
        try await change(by: actor) { change in
            try change.activeRun(id)
            try change.refuseChangedParams(checked.params, ofRun: id)
            try change.write(checked, toRun: id)
            try change.record(
                "run.log", id,
                "\(batch.metrics.count) metrics, \(batch.params.count) params, \(batch.tags.count) tags")
        }
    }

    package func logMetric(
        _ measurement: LogBatch.Measurement, toRun id: String, by actor: Actor
    ) async throws {
        try measurement.metric.check(at: "")
        try await change(by: actor) { change in
            try change.activeRun(id)
            try change.write(measurement, toRun: id)
            try change.record("run.log", id, measurement.metric.key)
        }
    }

    /// A parameter is logged once; the same value again is fine.
    package func logParam(_ param: Tag, toRun id: String, by actor: Actor) async throws {
        let param = try LogBatch.checked(param: param, at: "")
        try await change(by: actor) { change in
            try change.activeRun(id)
            if let old = try change.param(param.key, ofRun: id), !old.isIdentical(to: param.value) {
                throw RegistryError.invalid(
                    "Changing param values is not allowed. Param with key='\(param.key)' was already logged with "
                        + "value='\(old)' for run ID='\(id)'. Attempted logging new value '\(param.value)'.")
            }
            try change.set(param, in: .param, of: id)
            try change.record("run.log", id, param.key)
        }
    }

    package func setTag(_ tag: Tag, ofRun id: String, by actor: Actor) async throws {
        let tag = try Run.checked(tag, at: "")
        try await change(by: actor) { change in
            try change.activeRun(id)
            try change.set(tag, ofRun: id)
            try change.record("run.tag", id, tag.key)
        }
    }

    package func deleteTag(_ key: String, ofRun id: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.activeRun(id)
            guard try change.removeTag(key, in: .runTag, of: id) else {
                throw RegistryError.notFound("No tag with name: \(key) in run with id \(id)")
            }
            try change.record("run.untag", id, key)
        }
    }
}

extension Registry {
    /// Adds what a client before MLflow 3 says of a model that it logged: JSON text, in a list that a tag holds.
    package func appendToHistory(ofModels description: String, ofRun id: String, by actor: Actor) async throws
    {
        try await change(by: actor) { change in
            try change.activeRun(id)
            let old = try String.fetchOne(
                change.database, sql: "SELECT value FROM run_tag WHERE run = ? AND key = ?",
                arguments: [id, Run.modelHistoryTag])
            let list = old.map { $0.dropLast() + ", \(description)]" } ?? "[\(description)]"
            try change.set(Tag(key: Run.modelHistoryTag, value: String(list)), in: .runTag, of: id)
            try change.record("run.log", id, "a model")
        }
    }
}

// MARK: - Checking

extension LogBatch {
    fileprivate func checked() throws -> LogBatch {
        for (index, measurement) in metrics.enumerated() {
            try measurement.metric.check(at: "metrics[\(index)].")
        }
        let batch = LogBatch(
            metrics: metrics,
            params: try params.enumerated().map { try LogBatch.checked(param: $1, at: "params[\($0)].") },
            tags: try tags.enumerated().map { try Run.checked($1, at: "tags[\($0)].") })
        try checkSize()
        try refuseDuplicateParams()
        return batch
    }

    fileprivate static func checked(param: Tag, at path: String) throws -> Tag {
        try Names.checkKey(param.key, at: "\(path)key")
        try Names.checkLength(param.key, of: "Param key", atMost: 250)
        return Tag(key: param.key, value: param.value.truncated(to: 6000))
    }

    private func checkSize() throws {
        let sizes = [
            ("metrics", metrics.count, 1000), ("params", params.count, 100), ("tags", tags.count, 100),
            ("metrics, params, and tags", metrics.count + params.count + tags.count, 1000),
        ]
        for (what, count, limit) in sizes where count > limit {
            throw RegistryError.invalid(
                "A batch logging request can contain at most \(limit) \(what). Got \(count) \(what). "
                    + "Please split up \(what) across multiple requests and try again.")
        }
    }

    private func refuseDuplicateParams() throws {
        var seen: Set<[UInt8]> = []
        let duplicates = params.map(\.key).filter { !seen.insert(Array($0.utf8)).inserted }
        guard duplicates.isEmpty else {
            let list = duplicates.map(\.pythonLiteral).joined(separator: ", ")
            throw RegistryError.invalid(
                "Duplicate parameter keys have been submitted: [\(list)]. Please ensure the request contains only "
                    + "one param value per param key.")
        }
    }
}

// MARK: - Writing

extension Change {
    fileprivate func param(_ key: String, ofRun id: String) throws -> String? {
        try String.fetchOne(
            database.cachedStatement(sql: "SELECT value FROM param WHERE run = ? AND key = ?"),
            arguments: [id, key])
    }

    fileprivate func refuseChangedParams(_ params: [Tag], ofRun id: String) throws {
        let changed = try params.compactMap { new -> String? in
            guard let old = try param(new.key, ofRun: id), !old.isIdentical(to: new.value) else { return nil }
            let (key, old_, new_) = (new.key.pythonLiteral, old.pythonLiteral, new.value.pythonLiteral)
            return "{'key': \(key), 'old_value': \(old_), 'new_value': \(new_)}"
        }
        guard changed.isEmpty else {
            throw RegistryError.invalid(
                "Changing param values is not allowed. Params were already logged="
                    + "'[\(changed.joined(separator: ", "))]' for run ID='\(id)'.")
        }
    }

    fileprivate func write(_ batch: LogBatch, toRun id: String) throws {
        for param in batch.params { try set(param, in: .param, of: id) }
        for measurement in batch.metrics { try write(measurement, toRun: id) }
        for tag in batch.tags { try set(tag, ofRun: id) }
    }

    fileprivate func write(_ measurement: LogBatch.Measurement, toRun id: String) throws {
        try write(measurement.metric, toRun: id)
        guard let model = measurement.model, !model.isEmpty else { return }
        try write(
            ModelMetric(
                metric: measurement.metric, run: id, datasetName: measurement.datasetName,
                datasetDigest: measurement.datasetDigest),
            toModel: model)
    }

    fileprivate func set(_ tag: Tag, ofRun id: String) throws {
        if tag.key == Run.nameTag {
            try rename(run: id, to: tag.value)
        } else {
            try set(tag, in: .runTag, of: id)
        }
    }
}
