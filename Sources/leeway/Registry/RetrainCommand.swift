import ArgumentParser
import Drift
import Foundation
import RegistryClient
import Retraining

struct RetrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retrain", abstract: "Ask for a model to be trained again, and see what became of it.",
        subcommands: [
            RetrainRequestCommand.self, RetrainListCommand.self, RetrainShowCommand.self,
            RetrainCancelCommand.self, RetrainFinishCommand.self, RetrainCloseBreakerCommand.self,
        ],
        defaultSubcommand: RetrainRequestCommand.self)
}

struct RetrainRequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Propose to train a model again. The default.",
        discussion: """
            The registry decides, and says why. A commit is proposed once, however often a build runs; by hand each \
            request is another, unless --from and --to name the same rows.
            """)

    enum Reason: String, CaseIterable, ExpressibleByArgument { case manual, code }

    @Option(help: "The model's name.")
    var model: String

    @Option(help: "What makes it necessary: a person wants it, or the code of the training has changed.")
    var reason: Reason

    @Option(help: "The git commit of the code (with --reason code).")
    var commit: String?

    @Option(help: "Why, in a sentence.")
    var note: String?

    @Option(
        help: """
            Rows to train on: datasets:/ and the id of a dataset, or the absolute path of a CSV or SQLite file on the \
            registry's machine, in one of the folders that [registry.datasets] names.
            """)
    var dataset: String?

    @Option(help: "The SHA-256 of that file.")
    var sha256: String?

    @Option(help: "Rows from this time on (RFC 3339 or Unix).", transform: moment)
    var from: Timestamp?

    @Option(help: "Rows before this time.", transform: moment)
    var to: Timestamp?

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard (reason == .code) == (commit != nil) else {
            throw ValidationError("--commit belongs to --reason code, and is needed with it")
        }
        guard (from == nil) == (to == nil) else { throw ValidationError("give both --from and --to") }
        guard sha256 == nil || dataset != nil else { throw ValidationError("--sha256 is of a --dataset") }
        do { try request(at: Timestamp(nanoseconds: 0)).check() } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() async throws {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let event = RetrainRequested(request(at: now), source: "/users/\(NSUserName())", time: now)
        let answer = try await options.client().propose(event)
        options.json ? printJSON(answer.json) : print(answer.value.sentence)
    }

    private func request(at now: Timestamp) -> RetrainRequest {
        RetrainRequest(
            model: model,
            cause: RetrainCause(
                trigger: reason == .code ? .code : .manual,
                reason: note ?? (reason == .code ? "the code has changed" : "asked for by hand"),
                commit: commit),
            dataset: dataset.map { RetrainRequest.Dataset(uri: $0, sha256: sha256) }, window: window(at: now))
    }

    /// What is asked for by hand is about its moment, so that to ask again is to ask for more.
    private func window(at now: Timestamp) -> RetrainRequest.Window? {
        if let from, let to {
            return RetrainRequest.Window(start: from, end: to)
        }
        return reason == .manual ? RetrainRequest.Window(start: now, end: now) : nil
    }
}

struct RetrainListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List requests to train a model again, newest first.")

    @Option(help: "Requests for this model alone.")
    var model: String?

    @Option(
        help: """
            Requests in this state alone: waiting, accepted, running, candidate, rejected, failed, refused, covered \
            or cancelled.
            """)
    var state: String?

    @Option(help: "At most so many requests.")
    var limit = 50

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000") }
    }

    func run() async throws {
        let answer = try await options.client().retrainRequests(of: model, in: state, limit: limit)
        if options.json { return printJSON(answer.json) }
        let requests = answer.value["retrain_requests"] ?? []
        guard !requests.isEmpty else {
            print(
                "no retrain requests; an agent proposes them, or `leeway retrain --model M --reason manual`")
            return
        }
        var table = TextTable([
            ("REQUEST", .left), ("MODEL", .left), ("TRIGGER", .left), ("STATE", .left), ("PROPOSED", .left),
            ("REASON", .left),
        ])
        for request in requests {
            table.add([
                String(request.id.prefix(12)), Terminal.fitted(request.model, to: 24), request.trigger,
                request.state, request.proposed.brief, request.reason,
            ])
        }
        print(Terminal.fitted(table.description))
    }
}

struct RetrainShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a request: its cause, its evidence, and what became of it.")

    @Argument(help: "The request's id, or the beginning of it.")
    var request: String

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        let answer = try await client.retrainRequest(client.id(ofRetrainRequest: request))
        options.json ? printJSON(answer.json) : print(answer.value.details)
    }
}

struct RetrainCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Take a request back; a training under way is stopped.")

    @Argument(help: "The request's id, or the beginning of it.")
    var request: String

    @Option(help: "Why, for the record.")
    var reason: String?

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        let answer = try await client.cancelRetrainRequest(
            client.id(ofRetrainRequest: request), reason: reason)
        options.json ? printJSON(answer.json) : print(answer.value.sentence)
    }
}

struct RetrainFinishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish", abstract: "Say what another trainer made of a request.",
        discussion:
            "For requests that an agent's sinks brought to a trainer of yours; the registry's own ends them itself."
    )

    @Argument(help: "The request's id, or the beginning of it.")
    var request: String

    @Option(help: "The version that it led to. A candidate, unless --rejected says why it is none.")
    var version: Int?

    @Option(help: "Why nothing that it led to may serve.")
    var rejected: String?

    @Option(help: "Why it led to nothing.")
    var failed: String?

    @Option(name: .customLong("run"), help: "The run that it led to.")
    var runID: String?

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard rejected == nil || failed == nil, failed == nil || version == nil,
            version != nil || rejected != nil || failed != nil
        else {
            throw ValidationError("give --version, --rejected, both of them, or --failed alone")
        }
    }

    func run() async throws {
        let client = try options.client()
        let outcome = failed != nil ? "failed" : rejected != nil ? "rejected" : "candidate"
        let answer = try await client.finishRetrainRequest(
            client.id(ofRetrainRequest: request), outcome: outcome, version: version, run: runID,
            reason: failed ?? rejected)
        options.json ? printJSON(answer.json) : print(answer.value.sentence)
    }
}

struct RetrainCloseBreakerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close-breaker",
        abstract: "Let a model be trained again after several trainings that came to nothing.")

    @Argument(help: "The model's name.")
    var model: String

    @Option(help: "Why, for the record.")
    var reason: String?

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let answer = try await options.client().closeRetrainBreaker(of: model, reason: reason)
        if options.json { return printJSON(answer.json) }
        print(
            "\(model) may be trained again; \(answer.value.setbacks) trainings in a row had come to nothing")
    }
}

// MARK: - As a person reads it

extension RetrainSummary {
    fileprivate var sentence: String { "request \(id.prefix(12)) for \(model) is \(state): \(reason)" }

    fileprivate var details: String {
        var fields = Fields(title: "retrain request \(id)")
        fields.add("model", model)
        fields.add("state", state)
        fields.add("reason", reason)
        fields.add("trigger", trigger)
        fields.add("cause", request.cause.reason)
        fields.add("commit", request.cause.commit ?? "")
        fields.add("window", request.window.map { "\($0.start) to \($0.end)" } ?? "")
        fields.add("reference", request.reference ?? "")
        fields.add("champion", request.championVersion.map { "\($0)" } ?? "")
        fields.add("dataset", request.dataset?.uri ?? "")
        fields.add("proposed", "\(proposed.brief) by \(proposedBy), \(proposals) times")
        fields.add("waits until", waitsUntil?.brief ?? "")
        fields.add("accepted", accepted?.brief ?? "")
        fields.add("finished", finished?.brief ?? "")
        fields.add("covered by", coveredBy ?? "")
        fields.add("worker", worker ?? "")
        fields.add("run", run ?? "")
        fields.add("version", version.map(String.init) ?? "")
        guard !request.evidence.isEmpty else { return fields.description }
        return fields.description + "\n\n" + Terminal.fitted(evidence.description)
    }

    private var evidence: TextTable {
        var table = TextTable([
            ("TIME", .left), ("ALERT", .left), ("STATE", .left), ("FEATURE", .left), ("MEASURE", .left),
            ("VALUE", .right), ("SOURCE", .left),
        ])
        for piece in request.evidence {
            table.add([
                piece.time.brief, piece.kind, piece.isFiring ? "firing" : "resolved", piece.feature,
                piece.measure, brief(piece.value), piece.source,
            ])
        }
        return table
    }
}
