import ArgumentParser
import Drift
import RegistryClient

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Show registered models, and say which version serves.",
        subcommands: [
            ModelsListCommand.self, ModelsShowCommand.self, ModelsHistoryCommand.self,
            ModelsPromoteCommand.self, ModelsRollbackCommand.self, ModelsProtectCommand.self,
            ModelsUnprotectCommand.self,
        ],
        defaultSubcommand: ModelsListCommand.self)
}

struct ModelsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List registered models, and who serves. The default.")

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let answer = try await options.client().models()
        if options.json { return printJSON(answer.json) }
        let models = answer.value["models"] ?? []
        guard !models.isEmpty else {
            print("no models yet; mlflow.register_model, or log_model with registered_model_name, makes one")
            return
        }
        var table = TextTable([
            ("MODEL", .left), ("VERSIONS", .right), ("CHAMPION", .right), ("CANDIDATE", .right),
            ("PREVIOUS", .right), ("UPDATED", .left),
        ])
        for model in models {
            table.add([
                Terminal.fitted(model.name, to: 28), "\(model.versions.count)", dashed(model.champion),
                dashed(model.candidate), dashed(model.previous), model.updated.brief,
            ])
        }
        print(Terminal.fitted(table.description))
    }
}

struct ModelsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a model and its versions, or one version and its files.")

    @Argument(help: "The model's name.")
    var name: String

    @Argument(help: "A version.")
    var version: Int?

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        if let version {
            let answer = try await client.version(version, of: name)
            options.json ? printJSON(answer.json) : print(answer.value.details)
        } else {
            let answer = try await client.model(name)
            options.json ? printJSON(answer.json) : print(answer.value.details)
        }
    }
}

struct ModelsHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show how a model's aliases moved, newest first.")

    @Argument(help: "The model's name.")
    var name: String

    @Option(help: "Moves of this alias alone.")
    var alias: String?

    @Option(
        help: "What the alias (champion unless --alias says otherwise) named at a time (RFC 3339 or Unix).",
        transform: moment)
    var at: Timestamp?

    @Option(help: "At most so many moves.")
    var limit = 50

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000") }
    }

    func run() async throws {
        let client = try options.client()
        if let at { return try await show(at, client) }
        let answer = try await client.history(of: name, alias: alias, limit: limit)
        if options.json { return printJSON(answer.json) }
        let moves = answer.value["moves"] ?? []
        guard !moves.isEmpty else {
            print("no alias of \(name) has moved yet; `leeway models promote \(name) VERSION --expect none`")
            return
        }
        print(Terminal.fitted(table(of: moves).description))
    }

    private func show(_ time: Timestamp, _ client: RegistryClient) async throws {
        let answer = try await client.alias(alias ?? "champion", of: name, at: time.description)
        if options.json { return printJSON(answer.json) }
        let state = answer.value
        print(
            "\(name)@\(state.alias): version \(state.version), since \(state.since.brief), epoch \(state.epoch)"
        )
    }

    private func table(of moves: [AliasMove]) -> TextTable {
        var table = TextTable([
            ("EPOCH", .right), ("TIME", .left), ("ALIAS", .left), ("FROM", .right), ("TO", .right),
            ("ACTOR", .left), ("REASON", .left),
        ])
        for move in moves {
            let words = [
                move.override ? "(override)" : "", move.reason, move.decision.map { "[\($0)]" } ?? "",
            ]
            table.add([
                "\(move.epoch)", move.time.brief, move.alias, dashed(move.previous), dashed(move.version),
                move.actor, words.filter { !$0.isEmpty }.joined(separator: " "),
            ])
        }
        return table
    }
}

// MARK: - As a person reads it

func dashed(_ number: Int?) -> String { number.map(String.init) ?? "-" }

extension Timestamp {
    /// To the minute, in UTC: `2026-02-01 10:15`.
    var brief: String { String(description.prefix(16).replacing("T", with: " ")) }
}

extension ModelSummary {
    fileprivate var details: String {
        var fields = Fields(title: "model \(name)")
        fields.add("description", description)
        fields.add("protected", protected ? "yes: its champion moves through promote alone" : "no")
        fields.add("champion", dashed(champion))
        fields.add("candidate", dashed(candidate))
        fields.add("previous", dashed(previous))
        fields.add("epoch", "\(epoch)")
        fields.add("created", created.brief)
        fields.add("updated", updated.brief)
        guard !versions.isEmpty else { return fields.description + "\n\nno versions yet" }
        var table = TextTable([
            ("VERSION", .right), ("CREATED", .left), ("STAGE", .left), ("ALIASES", .left), ("DIGEST", .left),
            ("RUN", .left),
        ])
        for version in versions {
            table.add([
                "\(version.version)", version.created.brief, version.stage,
                version.aliases.joined(separator: ", "), String((version.digest ?? "-").prefix(12)),
                String((version.run ?? "").prefix(8)),
            ])
        }
        return fields.description + "\n\n" + Terminal.fitted(table.description)
    }
}

extension VersionSummary {
    fileprivate var details: String {
        var fields = Fields(title: "model \(model), version \(version)")
        fields.add("description", description)
        fields.add("digest", digest ?? "-")
        fields.add("aliases", aliases.joined(separator: ", "))
        fields.add("stage", stage)
        fields.add("created", created.brief)
        fields.add("source", source)
        fields.add("run", run ?? "")
        fields.add("logged model", loggedModel ?? "")
        fields.add(section: "tags", tags)
        fields.add(section: "lineage", (lineage ?? [:]).mapValues(\.description))
        guard let files, !files.isEmpty else { return fields.description }
        var table = TextTable([("FILE", .left), ("BYTES", .right), ("SHA-256", .left)])
        for file in files { table.add([file.path, "\(file.size)", String(file.digest.prefix(16))]) }
        return fields.description + "\n\n" + Terminal.fitted(table.description)
    }
}
