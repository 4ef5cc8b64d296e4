import ArgumentParser
import Drift
import Foundation
import RegistryClient
import Rollouts

struct RolloutCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Hold candidates against the champion in service, and see what the evidence says.",
        subcommands: [
            RolloutStartCommand.self, RolloutListCommand.self, RolloutShowCommand.self,
            RolloutWatchCommand.self, RolloutPlanCommand.self, RolloutApproveCommand.self,
            RolloutHoldCommand.self, RolloutResumeCommand.self, RolloutAbortCommand.self,
            RolloutReplayCommand.self, RolloutVerifyCommand.self,
        ])
}

/// Which rollout a command is about.
struct RolloutOptions: ParsableArguments {
    @Argument(help: "The rollout's id, or the beginning of it.")
    var rollout: String

    @OptionGroup var options: RegistryOptions
}

// MARK: - Beginning

struct RolloutStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Begin to hold candidates against a model's champion.",
        discussion: """
            By the policy of [rollout] of the registry's configuration. --policy names a JSON file with what is to differ, \
            for example {"stages": [{"share": 0.1}], "cluster": 3600}; times are in seconds.
            """)

    @Argument(help: "The model's name.")
    var model: String

    @Option(help: "A version to be compared; several times for several. Default: the one named candidate.")
    var candidate: [Int] = []

    @Option(help: "A JSON file with what is to differ from the registry's policy.")
    var policy: String?

    @Option(help: "Why, in a sentence.")
    var reason: String?

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let answer = try await options.client().startRollout(
            of: model, candidates: candidate, policy: loadPolicy(), reason: reason)
        options.json ? printJSON(answer.json) : print("rollout \(answer.value.id) of \(model) begins")
    }

    private func loadPolicy() throws -> AnyJSON? {
        guard let policy else { return nil }
        guard let data = FileManager.default.contents(atPath: policy) else {
            throw CommandFailure(message: "leeway: \(policy): cannot be read")
        }
        do { return try JSONDecoder().decode(AnyJSON.self, from: data) } catch {
            throw CommandFailure(message: "leeway: \(policy): is not JSON")
        }
    }
}

// MARK: - Looking

struct RolloutListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List rollouts, newest first.")

    @Option(help: "Rollouts of this model alone.")
    var model: String?

    @Flag(help: "Those alone that are under way.")
    var live = false

    @Option(help: "At most so many.")
    var limit = 50

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000") }
    }

    func run() async throws {
        let answer = try await options.client().rollouts(of: model, live: live ? true : nil, limit: limit)
        if options.json { return printJSON(answer.json) }
        let rollouts = answer.value["rollouts"] ?? []
        guard !rollouts.isEmpty else { return print("no rollouts; `leeway rollout start MODEL` begins one") }
        var table = TextTable([
            ("ROLLOUT", .left), ("MODEL", .left), ("CHAMPION", .right), ("CANDIDATES", .left),
            ("PHASE", .left),
            ("SINCE", .left), ("VERDICT", .left),
        ])
        for rollout in rollouts {
            table.add([
                String(rollout.id.prefix(12)), Terminal.fitted(rollout.model, to: 24), "\(rollout.control)",
                rollout.candidates.map(String.init).joined(separator: ", "), rollout.phase,
                rollout.since.brief, rollout.verdicts,
            ])
        }
        print(Terminal.fitted(table.description))
    }
}

struct RolloutShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a rollout: where it stands, its evidence, and what it waits for."
    )

    @OptionGroup var about: RolloutOptions

    func run() async throws {
        let client = try about.options.client()
        let answer = try await client.rollout(client.id(ofRollout: about.rollout))
        about.options.json ? printJSON(answer.json) : print(answer.value.story)
    }
}

struct RolloutWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow a rollout's decisions until it has ended.")

    @OptionGroup var about: RolloutOptions

    @Option(help: "Seconds from one look to the next.")
    var every = 2.0

    func validate() throws {
        guard (0.1...3600).contains(every) else { throw ValidationError("--every lies between 0.1 and 3600") }
    }

    func run() async throws {
        let client = try about.options.client()
        let id = try await client.id(ofRollout: about.rollout)
        var told = 0
        while true {
            let hasEnded = try await client.rollout(id).value.ended != nil
            let lines = try await client.decisions(ofRollout: id, after: told)
            for line in lines {
                print(about.options.json ? line : try DecisionLog.entry(line).sentence)
            }
            try Leeway.flushOutput()
            told += lines.count
            if hasEnded { return }
            try await Task.sleep(for: .seconds(every))
        }
    }
}

struct RolloutReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Make all decisions of a rollout again from its log.",
        discussion: """
            Each line must hash to what it says, follow the one before, and say what the rules make of its evidence. Exits \
            with 3 at the first that does not, and when the last one does not lead to where the rollout stands. --log reads the \
            lines from a file, which must end as the registry's do.
            """)

    @OptionGroup var about: RolloutOptions

    @Option(help: "A file with the decision log, a line each.")
    var log: String?

    func run() async throws {
        let client = try about.options.client()
        let (found, kept) = try await rolloutAndLog(client.id(ofRollout: about.rollout), client)
        let lines = try log.map(lines) ?? kept
        do {
            let head = try kept.last.map(DecisionLog.head)
            let entries = try RolloutReplay(found.launch, found.policy)(
                lines, head: head, state: found.state)
            about.options.json
                ? try printJSON(["rollout": found.id, "decisions": "\(entries.count)", "replay": "equal"])
                : print("\(entries.count) decisions of rollout \(found.id), each as the rules make it again")
        } catch {
            throw CommandFailure(message: "leeway: rollout \(found.id): \(error)", exitCode: 3)
        }
    }

    /// Of one moment: no decision came between the two.
    private func rolloutAndLog(
        _ id: String, _ client: RegistryClient
    ) async throws -> (RolloutSummary, [String]) {
        while true {
            let before = try await client.decisions(ofRollout: id)
            let rollout = try await client.rollout(id).value
            if try await client.decisions(ofRollout: id, after: before.count).isEmpty {
                return (rollout, before)
            }
        }
    }

    private func lines(of path: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(message: "leeway: \(path): cannot be read")
        }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

// MARK: - Telling

/// Says something to a rollout, which goes by it at its next tick.
protocol RolloutTellingCommand: AsyncParsableCommand {
    static var command: RolloutCommand.Kind { get }
    var about: RolloutOptions { get }
    var reason: String? { get }
}

extension RolloutTellingCommand {
    func run() async throws {
        let client = try about.options.client()
        let id = try await client.id(ofRollout: about.rollout)
        let answer = try await client.tell(Self.command, toRollout: id, reason: reason)
        about.options.json
            ? printJSON(answer.json)
            : print("rollout \(id) goes by it at its next tick: \(Self.command.rawValue)")
    }
}

struct RolloutApproveCommand: RolloutTellingCommand {
    static let command = RolloutCommand.Kind.approve
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Agree to the step that waits for a person.")
    @OptionGroup var about: RolloutOptions
    @Option(help: "Why, in a sentence.") var reason: String?
}

struct RolloutHoldCommand: RolloutTellingCommand {
    static let command = RolloutCommand.Kind.hold
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Keep the shares as they are until it is resumed.")
    @OptionGroup var about: RolloutOptions
    @Option(help: "Why, in a sentence.") var reason: String?
}

struct RolloutResumeCommand: RolloutTellingCommand {
    static let command = RolloutCommand.Kind.resume
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a rollout that is held: by a person, a soft guardrail, or the end of its time.")
    @OptionGroup var about: RolloutOptions
    @Option(help: "Why, in a sentence.") var reason: String?
}

struct RolloutAbortCommand: RolloutTellingCommand {
    static let command = RolloutCommand.Kind.abort
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Give all units back to the champion, for good.")
    @OptionGroup var about: RolloutOptions
    @Option(help: "Why, in a sentence.") var reason: String?
}
