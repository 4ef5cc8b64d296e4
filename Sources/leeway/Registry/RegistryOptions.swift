import ArgumentParser
import ConfigurationFile
import Foundation
import RegistryClient

/// Which registry a command asks, as whom, and how the answer is printed.
struct RegistryOptions: ParsableArguments {
    @Option(
        help: """
            The registry's address. (default: $LEEWAY_REGISTRY, else $MLFLOW_TRACKING_URI, else \
            http://127.0.0.1:5050)
            """)
    var registry: String?

    @Option(
        help: """
            A token file, whose first token is shown. (default: $LEEWAY_TOKEN, else $MLFLOW_TRACKING_TOKEN)
            """)
    var tokenFile: String?

    @Flag(help: "Print JSON.")
    var json = false

    func client() throws -> RegistryClient {
        let variables = ProcessInfo.processInfo.environment
        return RegistryClient(
            address: try address(variables), token: try token(variables),
            userAgent: "leeway/\(Leeway.version)")
    }

    private func address(_ variables: [String: String]) throws -> String {
        let candidates: [(source: String, text: String?)] = [
            ("--registry", registry), ("LEEWAY_REGISTRY", variables["LEEWAY_REGISTRY"]),
            ("MLFLOW_TRACKING_URI", variables["MLFLOW_TRACKING_URI"]),
        ]
        for (source, text) in candidates {
            guard let text, !text.isEmpty || source == "--registry" else { continue }
            do {
                return try RegistryURL(configuration: text).text
            } catch {
                throw CommandFailure(message: "leeway: \(source): \(error.reason)", exitCode: 2)
            }
        }
        return "http://127.0.0.1:5050"
    }

    private func token(_ variables: [String: String]) throws -> String? {
        guard let tokenFile else {
            return [variables["LEEWAY_TOKEN"], variables["MLFLOW_TRACKING_TOKEN"]]
                .lazy.compactMap(\.self).first { !$0.isEmpty }
        }
        do {
            return try TokenFile(contentsOf: tokenFile).entries[0].token
        } catch {
            throw CommandFailure(message: "\(error)")
        }
    }
}

/// Prints what a registry answered as it came, on a line of its own.
func printJSON(_ bytes: Data) {
    FileHandle.standardOutput.write(bytes + Data("\n".utf8))
}

/// Prints a value as JSON with sorted keys.
func printJSON(_ value: some Encodable) throws { printJSON(try sortedJSON(value)) }

func sortedJSON(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
}
