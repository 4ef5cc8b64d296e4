import ArgumentParser
import Drift
import RegistryClient

struct DatasetDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two datasets, feature by feature: has what they hold drifted?",
        discussion: """
            Compares the references that the registry made of them, as 'leeway compare' does with files: exactly where \
            a number has no more than 4095 different values, else to a four-thousandth of the rows.
            """)

    @Argument(help: "The dataset to compare with: its id, or the beginning of it.")
    var reference: String

    @Argument(help: "The dataset to be compared.")
    var current: String

    @Option(help: "Their model, where several have the same files.")
    var model: String?

    @Flag(help: "Exit with 3 when any feature has drifted.")
    var failOnDrift = false

    @Option(help: "The chance of calling anything drifted when nothing is.")
    var level = 0.05

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard level > 0, level < 1 else {
            throw ValidationError("--level lies between 0 and 1, not \(level)")
        }
    }

    func run() async throws {
        let client = try options.client()
        let comparison = TableComparison(
            reference: try await load(reference, client), current: try await load(current, client),
            level: level)
        print(options.json ? try comparison.json() : comparison.text)
        if failOnDrift, comparison.hasDrifted { throw ExitCode(3) }
    }

    private func load(_ text: String, _ client: RegistryClient) async throws -> Reference {
        let set = try await client.trainingSet(named: text, of: model)
        let file = try await client.reference(ofTrainingSet: set.id, of: set.model)
        do {
            return try Reference(json: file)
        } catch {
            throw CommandFailure(message: "the reference of dataset \(set.id): \(error)")
        }
    }
}
