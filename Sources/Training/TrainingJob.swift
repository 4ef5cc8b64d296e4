import XGBoost

/// One training, from files to a model's folder.
package struct TrainingJob: Sendable {
    package var dataset: String
    package var schema: String
    package var output: String
    package var parameters: String?
    /// Rows to measure on; without them, and with early stopping, the last fifth by time.
    package var holdout: String?
    package var timeColumn = "time"
    package var rounds = 100
    /// After how many rounds without a better holdout training stops.
    package var earlyStopping: Int?
    package var seed: UInt32 = 0
    package var threads = 1
    /// The program's own version, for the manifest.
    package var trainer = ""

    static let holdoutShare = 0.2

    package init(dataset: String, schema: String, output: String) {
        (self.dataset, self.schema, self.output) = (dataset, schema, output)
    }

    /// Trains and writes.
    ///
    /// - Throws: `DataProblem` or `TableError` for what was given, `XGBoostError` for what XGBoost would not do.
    package func run(_ report: (TrainingEvent) -> Void) throws -> Manifest {
        let folder = ModelFolder(output)
        try folder.checkIsFree()
        var watch = Stopwatch()
        let schema = try TrainingSchema.load(schema)
        let given = try parameters.map(BoostingParameters.load) ?? BoostingParameters()
        let rows = try read(schema)
        let preparation = try Preparation(rows.training)
        report(try described(rows))
        let complete = try preparation.parameters(given, self)
        watch.lap("reading")
        let sets = try TrainingSets(rows, preparation, threads: threads)
        watch.lap("matrix")
        let trained = try BoostingRun(job: self, columns: preparation.encoder.columns, parameters: complete)
            .train(sets, report)
        watch.lap("training")
        let payload = try preparation.payload(trained.model, schema)
        let manifest = manifest(payload, trained, complete, rows.counts)
        try folder.write(payload, manifest, preparation.mlflowFiles(of: payload))
        watch.lap("writing")
        report(
            .finished(
                rounds: trained.rounds, digest: payload.digest, metrics: trained.metrics,
                seconds: watch.seconds))
        return manifest
    }

    private func read(_ schema: TrainingSchema) throws -> SplitRows {
        let splits = holdout == nil && earlyStopping != nil
        let all = try LabelledRows.read(dataset, schema, timeColumn: splits ? timeColumn : nil)
        guard splits else {
            return SplitRows(training: all, holdout: try holdout.map { try LabelledRows.read($0, schema) })
        }
        let (training, late) = try all.split(holdingOut: TrainingJob.holdoutShare)
        return SplitRows(training: training, holdout: late)
    }

    private func described(_ rows: SplitRows) throws(DataProblem) -> TrainingEvent {
        let constant = rows.training.constantFeatures
        let features = rows.training.schema.schema.features.count
        guard constant.count < features else {
            throw DataProblem(
                "\(dataset): every feature has one value in all \(rows.training.count) rows: there is nothing to learn from"
            )
        }
        return .dataset(rows.counts, features: features, constant: constant)
    }

    private func manifest(
        _ payload: Payload, _ trained: TrainedModel, _ parameters: [(name: String, value: String)],
        _ rows: Manifest.RowCounts
    ) -> Manifest {
        let files = Payload.File.allCases.map { file in
            Manifest.File(name: file.rawValue, sha256: payload.digest(of: file), bytes: payload[file].count)
        }
        return Manifest(
            digest: payload.digest, files: files, trainer: trainer, xgboost: XGBoostLog.libraryVersion,
            parameters: Dictionary(parameters.map { ($0.name, $0.value) }) { "\($0),\($1)" },
            rounds: trained.rounds, rows: rows, metrics: trained.metrics)
    }
}

/// The rows that are learnt from, and those that are measured on.
struct SplitRows {
    let training: LabelledRows
    let holdout: LabelledRows?

    var counts: Manifest.RowCounts {
        // A split by time leaves the count of what was left out in both parts.
        let late = holdout.map { $0.path == training.path ? 0 : $0.unlabelled } ?? 0
        return Manifest.RowCounts(
            training: training.count, holdout: holdout?.count ?? 0, unlabelled: training.unlabelled + late)
    }
}

/// The same as XGBoost's matrices.
struct TrainingSets {
    let training: TrainingMatrix
    let holdout: TrainingMatrix?

    init(_ rows: SplitRows, _ preparation: Preparation, threads: Int) throws {
        training = try preparation.matrix(rows.training, threads: threads)
        holdout = try rows.holdout.map { try preparation.matrix($0, threads: threads) }
    }

    var named: [(name: String, matrix: TrainingMatrix)] {
        [("train", training)] + (holdout.map { [("holdout", $0)] } ?? [])
    }
}

extension Preparation {
    fileprivate func matrix(_ rows: LabelledRows, threads: Int) throws -> TrainingMatrix {
        let encoded = try encode(rows)
        return try TrainingMatrix(
            encoded.values, columns: encoder.columns, labels: encoded.labels, threads: threads)
    }

    fileprivate func parameters(
        _ given: BoostingParameters, _ job: TrainingJob
    ) throws(DataProblem) -> [(name: String, value: String)] {
        try given.complete(
            decision, seed: job.seed, threads: job.threads, path: job.parameters ?? "parameters")
    }

    fileprivate func payload(_ model: [UInt8], _ schema: TrainingSchema) throws -> Payload {
        Payload(
            model: model, encoder: try canonicalJSON(encoder), schema: schema.json,
            threshold: try canonicalJSON(decision))
    }

    fileprivate func mlflowFiles(of payload: Payload) -> MLflowFiles {
        MLflowFiles(decision: decision, encoder: encoder, digest: payload.digest)
    }
}
