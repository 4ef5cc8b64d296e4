import ConfigurationFile
import Jobs
import Registry
import Rollouts

extension TrainedModel {
    /// Reads a `[[registry.model]]`.
    ///
    /// - Parameter limits: of jobs, where it does not set its own.
    init?(_ table: ConfigurationTable, _ limits: JobLimits) {
        folder = table.folder
        self.limits = table.table("limits") { JobLimits($0, limits) }
        datasetWait = table.duration("dataset_wait") ?? TrainedModel.standardDatasetWait
        guard let recipe = TrainingRecipe(table) else { return nil }
        self.recipe = recipe
        self.limits.threads = recipe.threads
    }

    /// Reads all of them; each model has one recipe.
    static func all(_ table: ConfigurationTable, _ limits: JobLimits) -> [TrainedModel] {
        var names: Set<String> = []
        return table.tables("model") { table in
            let model = TrainedModel(table, limits)
            if let name = model?.recipe.model, !names.insert(name).inserted {
                table.report("model", "\"\(name)\" has a recipe already; each model has one")
            }
            return model
        }
    }
}

extension TrainingRecipe {
    /// - Returns: `nil` after a mistake, which is reported.
    fileprivate init?(_ table: ConfigurationTable) {
        let model = table.required("model", table.modelName)
        let trainer = Trainer(table)
        let schema = table.required("schema", table.writtenPath)
        let labelDelay = table.required("label_delay") { table.duration($0) }
        let holdout = table.required("holdout") { table.duration($0, atLeast: .seconds(1)) }
        let gap = table.duration("gap", atLeast: labelDelay ?? .zero)
        let gate = table.has("gate") ? table.table("gate", GatePolicy.init) : nil
        gate.map { table.check($0, holdout: holdout) }
        if !table.has("gate") {
            table.report("needs a gate: [registry.model.gate] with floors, such as floors = { auc = 0.6 }")
        }
        let dataset = Dataset(table)
        let timeColumn = table.nonEmptyText("time_column")
        let window = Window(table)
        let cluster = Cluster(table)
        let blocks = Blocks(table)
        let sliceBy = table.names("slice_by") ?? []
        let scorer = table.program("scorer")
        let seed = table.integer("seed", from: 0, to: Int(Int32.max))
        let threads = table.integer("threads", from: 1, to: 1024)
        guard let model, let trainer, let schema, let labelDelay, let holdout, let gate else { return nil }
        self.init(
            model: model, trainer: trainer, seed: UInt32(seed ?? 1), threads: threads ?? 1, scorer: scorer,
            schema: schema, dataset: dataset, timeColumn: timeColumn, window: window,
            labelDelay: RecipeDuration(labelDelay),
            holdout: RecipeDuration(holdout), gap: RecipeDuration(gap ?? labelDelay), cluster: cluster,
            sliceBy: sliceBy, blocks: blocks, gate: gate)
    }
}

extension ConfigurationTable {
    /// What no candidate could ever show.
    fileprivate func check(_ gate: GatePolicy, holdout: Duration?) {
        if has("command"), gate.minimumRetrains > 0 {
            report(
                "command", "cannot be trained again under other seeds: set minimum_retrains = 0 in its gate")
        }
        guard let holdout, nonEmptyText("cluster") ?? "day" == "day" else { return }
        let days = Int((holdout.components.seconds + 86_399) / 86_400) + 1
        guard days < gate.minimumClusters else { return }
        report(
            "holdout",
            "touches at most \(days) days, which are its clusters, and the gate needs \(gate.minimumClusters): choose a longer "
                + "one, or a smaller minimum_clusters in its gate")
    }
}

// MARK: - Who trains

extension TrainingRecipe.Trainer {
    private enum Name: String, CaseIterable { case xgboost }

    private static let ofXGBoost = ["parameters", "rounds", "early_stopping"]

    fileprivate init?(_ table: ConfigurationTable) {
        let name = table.choice("trainer", of: Name.self)
        let command = table.program("command")
        let xgboost = TrainingRecipe.Trainer(xgboost: table)
        switch (table.has("trainer"), table.has("command")) {
        case (true, false):
            guard name != nil else { return nil }
            self = xgboost
        case (false, true):
            table.checkCommand(without: TrainingRecipe.Trainer.ofXGBoost)
            guard let command else { return nil }
            self = .command(words: command)
        default:
            table.report("needs one of trainer = \"xgboost\" and command = [\"python3\", \"train.py\"]")
            return nil
        }
    }
}

extension ConfigurationTable {
    fileprivate func checkCommand(without names: [String]) {
        for name in names where has(name) {
            report(name, "belongs to trainer = \"xgboost\"; a command has its own arguments")
        }
    }

    /// A program and its arguments.
    fileprivate func program(_ name: String) -> [String]? {
        guard has(name), let words = names(name) else { return nil }
        if words.first?.isEmpty != false { report(name, "must begin with a program") }
        if words.contains(where: { $0.utf8.contains(0) }) { report(name, "must not hold a NUL character") }
        return words
    }
}

extension TrainingRecipe.Trainer {
    /// What is decided under other keys.
    private static let reserved = [
        "seed": "seed", "random_state": "seed", "nthread": "threads", "n_jobs": "threads",
        "num_boost_round": "rounds", "n_estimators": "rounds", "early_stopping_rounds": "early_stopping",
        "num_class": "the schema",
    ]

    private init(xgboost table: ConfigurationTable) {
        let parameters = table.values("parameters") { name in
            TrainingRecipe.Trainer.reserved[name].map { "is decided by \($0)" }
        }
        self = .xgboost(
            parameters: parameters, rounds: table.integer("rounds", from: 1, to: 100_000) ?? 100,
            earlyStopping: table.integer("early_stopping", atLeast: 1))
    }
}

// MARK: - What it learns from

extension TrainingRecipe.Dataset {
    fileprivate init(_ table: ConfigurationTable) {
        let text = table.nonEmptyText("dataset") ?? "captured"
        self = text == "captured" ? .captured : .file(path: text)
        if case .file = self { _ = table.readableFile("dataset") }
    }
}

extension TrainingRecipe.Window {
    private enum Kind: String, CaseIterable {
        case full, sliding
        case sinceChange = "since_change"
    }

    fileprivate init(_ table: ConfigurationTable) {
        let kind = table.choice("window", of: Kind.self) ?? .full
        let length = table.duration("length", atLeast: .seconds(1))
        switch kind {
        case .full: self = .full
        case .sinceChange: self = .sinceChange
        case .sliding: self = .sliding(length: RecipeDuration(length ?? .zero))
        }
        switch (kind == .sliding, table.has("length")) {
        case (true, false): table.report("window", "sliding needs a length, such as \"90d\"")
        case (false, true): table.report("length", "belongs to window = \"sliding\"")
        default: break
        }
    }
}

extension TrainingRecipe.Cluster {
    fileprivate init(_ table: ConfigurationTable) {
        let text = table.nonEmptyText("cluster") ?? "day"
        self = text == "day" ? .day : .column(name: text)
    }
}

extension TrainingRecipe.Blocks {
    fileprivate init(_ table: ConfigurationTable) {
        let length = table.duration("reference_window", atLeast: .seconds(1)) ?? .seconds(86_400)
        let offset = table.duration("reference_offset") ?? .zero
        guard let count = table.integer("reference_rows", atLeast: 1) else {
            self = .time(length: RecipeDuration(length), offset: RecipeDuration(offset))
            return
        }
        for name in ["reference_window", "reference_offset"] where table.has(name) {
            table.report(name, "is about windows of time, and reference_rows about windows of rows")
        }
        self = .rows(count: count)
    }
}

extension ConfigurationTable {
    fileprivate func modelName(_ name: String) -> String? {
        guard let text = nonEmptyText(name) else { return nil }
        do { try RegisteredModel.checkName(text) } catch { report(name, error.description) }
        return text
    }

    /// The path of a file that is there to be read, as it is written.
    fileprivate func writtenPath(_ name: String) -> String? {
        guard let text = nonEmptyText(name) else { return nil }
        _ = readableFile(name)
        return text
    }
}
