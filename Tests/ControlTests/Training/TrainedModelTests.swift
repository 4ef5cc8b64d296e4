import ConfigurationFile
import Foundation
import Jobs
import Rollouts
import Statistics
import Testing

@testable import Control

struct TrainedModelTests {
    private static let least = """
        [[registry.model]]
        model = "fraud"
        trainer = "xgboost"
        schema = "schema.json"
        label_delay = "7d"
        holdout = "28d"
        [registry.model.gate]
        floors = { auc = 0.6 }
        success = { metric = "log_loss" }

        """

    private static let most = """
        [registry.jobs]
        time = "2h"
        memory = "1GiB"

        [[registry.model]]
        model = "fraud"
        command = ["python3", "train.py", "--fast"]
        scorer = ["python3", "score.py"]
        schema = "fraud/schema.json"
        dataset = "rows.csv.gz"
        window = "sliding"
        length = "90d"
        label_delay = "7d"
        holdout = "40d"
        gap = "8d"
        cluster = "customer"
        time_column = "at"
        slice_by = ["country"]
        reference_window = "6h"
        reference_offset = "5h"
        dataset_wait = "1h"
        seed = 7
        threads = 2

        [registry.model.limits]
        time = "4h"

        [registry.model.gate]
        floors = { auc = 0.6, log_loss = 0.5 }
        success = { metric = "auc", goal = "non_inferior", margin = 0.01 }
        guards = { calibration_error = 0.02 }
        slices = { minimum_rows = 100, margin = 0.05 }
        minimum_retrains = 0
        minimum_rows = 1000
        minimum_clusters = 30
        confidence = 0.9
        interval = "bca"
        replicates = 5000
        seed = 3

        """

    @Test func `little has to be said`() throws {
        let model = try #require(try models(Self.least).first)
        let recipe = model.recipe
        #expect(recipe.trainer == .xgboost(parameters: [:], rounds: 100, earlyStopping: nil))
        #expect((recipe.seed, recipe.threads, recipe.scorer) == (1, 1, nil))
        #expect((recipe.dataset, recipe.window, recipe.cluster) == (.captured, .full, .day))
        #expect(recipe.gap == RecipeDuration(.seconds(7 * 86_400)))
        #expect(recipe.gate == GatePolicy(floors: [.auc: 0.6], success: .init(.logLoss)))
        #expect(model.limits == JobLimits(threads: 1))
        #expect(model.path(recipe.schema) == "/etc/leeway/schema.json")
        #expect(model.path("/else/where") == "/else/where")
    }

    @Test func `all can be said`() throws {
        let model = try #require(try models(Self.most).first)
        let recipe = model.recipe
        #expect(recipe.trainer == .command(words: ["python3", "train.py", "--fast"]))
        #expect(recipe.scorer == ["python3", "score.py"])
        #expect(recipe.dataset == .file(path: "rows.csv.gz"))
        #expect(recipe.window == .sliding(length: RecipeDuration(.seconds(90 * 86_400))))
        #expect(recipe.cluster == .column(name: "customer"))
        #expect((recipe.timeColumn, recipe.sliceBy) == ("at", ["country"]))
        #expect(
            recipe.blocks
                == .time(
                    length: RecipeDuration(.seconds(6 * 3600)), offset: RecipeDuration(.seconds(5 * 3600))))
        #expect(model.datasetWait == .seconds(3600))
        #expect((recipe.seed, recipe.threads) == (7, 2))
        #expect(model.limits == JobLimits(time: .seconds(4 * 3600), memory: 1 << 30, threads: 2))
        #expect(
            recipe.gate
                == GatePolicy(
                    floors: [.auc: 0.6, .logLoss: 0.5], success: .init(.auc, .nonInferior, margin: 0.01),
                    guards: [.calibrationError: 0.02], slices: .init(minimumRows: 100, margin: 0.05),
                    minimumRetrains: 0, minimumRows: 1000, minimumClusters: 30, confidence: 0.9,
                    interval: .bca, replicates: 5000, seed: 3))
        let plan = try recipe.splitPlan(at: 0)
        let day: Int64 = 86_400_000_000_000
        #expect((plan.labelDelay, plan.holdout, plan.gap) == (7 * day, 40 * day, 8 * day))
    }

    @Test func `XGBoost's parameters are taken as they are`() throws {
        let source = Self.least.replacing(
            "schema =",
            with: """
                rounds = 500
                early_stopping = 20
                parameters = { max_depth = 6, eta = 0.05, lambda = 1.0, tree_method = "hist", eval_metric = ["auc", \
                "logloss"], refresh_leaf = true }
                schema =
                """)
        #expect(
            try models(source).first?.recipe.trainer
                == .xgboost(
                    parameters: [
                        "max_depth": .integer(6), "eta": .number(0.05), "lambda": .integer(1),
                        "tree_method": .text("hist"), "eval_metric": .list([.text("auc"), .text("logloss")]),
                        "refresh_leaf": .flag(true),
                    ], rounds: 500, earlyStopping: 20))
    }

    @Test func `the example of the shipped configuration is right, and shows the defaults`() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../../agent.conf").standardizedFileURL
        let shipped = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(shipped.firstRange(of: "# [[registry.model]]")).lowerBound
        let others = [
            "# command", "# scorer", "# length", "# parameters", "# early_stopping", "# guards",
            "# time_column", "# slice_by", "# reference_rows",
        ]
        let lines = shipped[start...].split(separator: "\n").filter { line in
            line.hasPrefix("# [") || line.dropFirst(2).prefix { $0 != "#" }.contains(" = ")
        }.filter { line in !others.contains(where: line.hasPrefix) }
        let example = try models(lines.map { $0.dropFirst(2) }.joined(separator: "\n"))
        let least = Self.least.replacing("\"fraud\"", with: "\"flight-delay\"")
        #expect(try example == models(least))
    }

    // MARK: Identity

    /// Written by hand; the digest is sha256sum's of it.
    private static let canonical =
        #"{"blocks":{"time":{"length":"6h","offset":"5h"}},"#
        + #""cluster":{"column":{"name":"customer"}},"dataset":{"file":{"path":"rows.csv.gz"}},"#
        + #""gap":"1w1d","gate":{"confidence":0.9,"floors":{"auc":0.6,"log_loss":0.5},"#
        + #""guards":{"calibration_error":0.02},"interval":"bca","minimum_clusters":30,"minimum_retrains":0,"#
        + #""minimum_rows":1000,"replicates":5000,"seed":3,"slices":{"margin":0.05,"minimum_rows":100},"#
        + #""success":{"goal":"non_inferior","margin":0.01,"metric":"auc"}},"holdout":"5w5d","label_delay":"1w","#
        + #""model":"fraud","schema":"fraud/schema.json","scorer":["python3","score.py"],"seed":7,"#
        + #""slice_by":["country"],"threads":2,"time_column":"at","#
        + #""trainer":{"command":{"words":["python3","train.py","--fast"]}},"#
        + #""window":{"sliding":{"length":"12w6d"}}}"#

    @Test func `a recipe is the same bytes wherever it is`() throws {
        let recipe = try #require(try models(Self.most, folder: "/else/where").first).recipe
        #expect(String(decoding: recipe.canonical, as: UTF8.self) == Self.canonical)
        #expect(recipe.digest == "48111aa54a696a11343fea42ed3e31a8f41fc2f15b216e45ec1ebb8336c9db86")
        let read = try JSONDecoder().decode(TrainingRecipe.self, from: recipe.canonical)
        #expect(read == recipe)
    }

    @Test func `limits are no part of it, everything else is`() throws {
        let digest = try #require(try models(Self.most).first).recipe.digest
        let changes = [
            ("time = \"4h\"", "time = \"5h\"", true), ("memory = \"1GiB\"", "memory = \"2GiB\"", true),
            ("gap = \"8d\"", "gap = \"192h\"", true), ("seed = 7", "seed = 8", false),
            ("--fast", "--slow", false), ("score.py", "x.py", false), ("fraud/schema", "x/schema", false),
            ("rows.csv", "x.csv", false), ("90d", "91d", false), ("gap = \"8d\"", "gap = \"9d\"", false),
            ("customer", "shop", false), ("threads = 2", "threads = 3", false), ("0.6", "0.61", false),
            ("\"40d\"", "\"41d\"", false), ("\"7d\"", "\"6d\"", false), ("\"fraud\"", "\"theft\"", false),
            ("dataset_wait = \"1h\"", "dataset_wait = \"2h\"", true), ("\"at\"", "\"when\"", false),
            ("\"country\"", "\"shop\"", false), ("\"6h\"", "\"8h\"", false), ("\"5h\"", "\"4h\"", false),
            ("\"sliding\"\nlength = \"90d\"", "\"since_change\"", false),
            ("dataset = \"rows.csv.gz\"\n", "", false), ("cluster = \"customer\"\n", "", false),
        ]
        for (old, new, isSame) in changes {
            let other = try #require(try models(Self.most.replacing(old, with: new)).first).recipe.digest
            #expect((other == digest) == isSame, "\(old) to \(new)")
        }
    }

    @Test func `with XGBoost it can be read back`() throws {
        let recipe = try #require(try models(Self.least).first).recipe
        #expect(try JSONDecoder().decode(TrainingRecipe.self, from: recipe.canonical) == recipe)
    }

    // MARK: Mistakes

    @Test(arguments: [
        ("model = \"fraud\"\n", "", "1: registry.model.model: is required"),
        (
            "\"fraud\"", "\"a/b\"",
            "2: registry.model.model: Invalid model name 'a/b'. Names cannot contain '/' or ':'."
        ),
        (
            "trainer = \"xgboost\"\n", "",
            "1: registry.model: needs one of trainer = \"xgboost\" and command = [\"python3\", \"train.py\"]"
        ),
        ("\"xgboost\"", "\"lightgbm\"", "3: registry.model.trainer: must be \"xgboost\", was \"lightgbm\""),
        (
            "holdout =", "reference_rows = 5\nreference_offset = \"1h\"\nholdout =",
            "7: registry.model.reference_offset: is about windows of time, and reference_rows about windows of rows"
        ),
        (
            "trainer = \"xgboost\"", "command = []\nscorer = [\"x\"]",
            "3: registry.model.command: must begin with a program"
        ),
        (
            "trainer = \"xgboost\"", "rounds = 3\ncommand = [\"x\"]\nscorer = [\"x\"]",
            "3: registry.model.rounds: belongs to trainer = \"xgboost\"; a command has its own arguments"
        ),
        ("holdout =", "rounds = 0\nholdout =", "6: registry.model.rounds: must be at least 1, was 0"),
        (
            "holdout =", "threads = 1025\nholdout =",
            "6: registry.model.threads: must be at most 1024, was 1025"
        ),
        (
            "holdout =", "parameters = { nthread = 2 }\nholdout =",
            "6: registry.model.parameters.nthread: is decided by threads"
        ),
        (
            "holdout =", "parameters = { eta = nan }\nholdout =",
            "6: registry.model.parameters.eta: must be finite"
        ),
        (
            "holdout =", "parameters = { eta = { a = 1 } }\nholdout =",
            "6: registry.model.parameters.eta: expected a number, a string, true or false, or a list of these, found a table"
        ),
        ("schema.json", "gone", "4: registry.model.schema: cannot read \"/etc/leeway/gone\": no such file"),
        (
            "holdout =", "dataset = \"gone\"\nholdout =",
            "6: registry.model.dataset: cannot read \"/etc/leeway/gone\": no such file"
        ),
        ("label_delay = \"7d\"\n", "", "1: registry.model.label_delay: is required"),
        (
            "\"28d\"", "\"14d\"",
            "6: registry.model.holdout: touches at most 15 days, which are its clusters, and the gate needs 20: choose a longer one, or a smaller minimum_clusters in its gate"
        ),
        ("\"28d\"", "\"0s\"", "6: registry.model.holdout: must be at least \"1s\", was \"0s\""),
        (
            "holdout =", "gap = \"6d\"\nholdout =",
            "6: registry.model.gap: must be at least \"1w\", was \"6d\""
        ),
        (
            "holdout =", "window = \"sliding\"\nholdout =",
            "6: registry.model.window: sliding needs a length, such as \"90d\""
        ),
        (
            "holdout =", "length = \"1d\"\nholdout =",
            "6: registry.model.length: belongs to window = \"sliding\""
        ),
        ("holdout =", "cluster = \"\"\nholdout =", "6: registry.model.cluster: must not be empty"),
        (
            "holdout =", "hold_out = 1\nholdout =",
            "6: registry.model.hold_out: unknown key; did you mean \"holdout\"?"
        ),
        ("floors = { auc = 0.6 }\n", "", "7: registry.model.gate.floors: is required"),
        (
            "{ auc = 0.6 }", "{}",
            "8: registry.model.gate.floors: needs at least one, such as { auc = 0.6 }: else every candidate would pass"
        ),
        (
            "{ auc = 0.6 }", "{ auk = 0.6 }",
            "8: registry.model.gate.floors.auk: unknown key; did you mean \"auc\"?"
        ),
        ("{ auc = 0.6 }", "{ auc = inf }", "8: registry.model.gate.floors.auc: must be finite, was inf"),
        ("success = { metric = \"log_loss\" }\n", "", "7: registry.model.gate.success: is required"),
        (
            "{ metric = \"log_loss\" }", "{ goal = \"superior\" }",
            "9: registry.model.gate.success.metric: is required"
        ),
        (
            "success =", "minimum_retrains = 2\nsuccess =",
            "9: registry.model.gate.minimum_retrains: must be 0 or at least 3"
        ),
        (
            "success =", "confidence = 1.0\nsuccess =",
            "9: registry.model.gate.confidence: must be at least 0.5 and below 1, was 1.0"
        ),
        (
            "success =", "guards = { auc = -0.1 }\nsuccess =",
            "9: registry.model.gate.guards.auc: must be at least 0, was -0.1"
        ),
    ])
    func `a mistake is named`(old: String, new: String, message: String) {
        let error = #expect(throws: InvalidConfiguration.self) {
            try models(Self.least.replacing(old, with: new))
        }
        #expect(
            error?.description.split(separator: "\n").map(String.init).contains("agent.conf:" + message)
                == true, "\(error!)")
    }

    @Test func `a model has one recipe`() {
        let error = #expect(throws: InvalidConfiguration.self) { try models(Self.least + Self.least) }
        #expect(
            error?.description
                == "agent.conf:11: registry.model.model: \"fraud\" has a recipe already; each model has one")
    }

    @Test func `a gate is asked for`() {
        let end = Self.least.firstRange(of: "[registry.model.gate]")!.lowerBound
        let error = #expect(throws: InvalidConfiguration.self) { try models(String(Self.least[..<end])) }
        #expect(error?.description.contains("needs a gate: [registry.model.gate] with floors") == true)
    }

    private func models(
        _ source: String, folder: String = "/etc/leeway"
    ) throws(InvalidConfiguration) -> [TrainedModel] {
        let host = HostEnvironment(
            variables: [:], hostName: "host",
            obstacleToReading: { $0.hasSuffix("gone") ? "no such file" : nil },
            obstacleToWriting: { _ in nil })
        return try RegistryConfiguration.parse(source, file: "agent.conf", folder: folder, host: host).models
    }
}
