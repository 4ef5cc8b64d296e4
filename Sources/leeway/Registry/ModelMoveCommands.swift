import ArgumentParser
import RegistryClient

/// A version that a caller expects, or none.
struct ExpectedVersion: ExpressibleByArgument {
    let version: Int?

    init?(argument: String) {
        if argument == "none" {
            version = nil
        } else if let version = Int(argument), version > 0 {
            self.version = version
        } else {
            return nil
        }
    }
}

struct ModelsPromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Make a version the champion.",
        discussion: "Moves nothing when the champion is not the expected one: somebody was faster.")

    @Argument(help: "The model's name.")
    var name: String

    @Argument(help: "The version to be champion.")
    var version: Int

    @Option(help: "The version that is champion now, or none.")
    var expect: ExpectedVersion

    @Option(help: "Why, for the history.")
    var reason: String?

    @Option(help: "The id of the decision; the same decision moves the champion once.")
    var decision: String?

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let answer = try await options.client().promote(
            version, of: name, expecting: expect.version, decision: decision, reason: reason)
        options.json ? printJSON(answer.json) : print(answer.value.sentence(of: name))
    }
}

struct ModelsRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Make the previous champion the champion again.")

    @Argument(help: "The model's name.")
    var name: String

    @Option(help: "The version that is champion now; without it, whichever is.")
    var expect: Int?

    @Option(help: "Why, for the history.")
    var reason: String?

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let answer = try await options.client().rollBack(name, expecting: expect, reason: reason)
        options.json ? printJSON(answer.json) : print(answer.value.sentence(of: name))
    }
}

struct ModelsProtectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect", abstract: "Let a model's champion move through promote and rollback alone.")

    @Argument(help: "The model's name.")
    var name: String

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let answer = try await options.client().protect(name, true)
        options.json ? printJSON(answer.json) : print("\(name) is protected")
    }
}

struct ModelsUnprotectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unprotect", abstract: "Let MLflow's clients move a model's champion as well.")

    @Argument(help: "The model's name.")
    var name: String

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let answer = try await options.client().protect(name, false)
        options.json ? printJSON(answer.json) : print("\(name) is not protected")
    }
}

extension Promotion {
    fileprivate func sentence(of model: String) -> String {
        "\(model): the champion is version \(dashed(champion)), before it \(dashed(previous)); epoch \(epoch)"
    }
}
