import ArgumentParser
import ConfigurationFile
import Foundation
import RegistryClient

/// Which agent a command asks, and how the answer is printed.
struct AgentOptions: ParsableArguments {
    @Option(help: "The agent's address. (default: $LEEWAY_AGENT, else 127.0.0.1:9464)")
    var agent: String?

    @Flag(help: "Print JSON.")
    var json = false

    func client() throws -> AgentClient {
        let variable = ProcessInfo.processInfo.environment["LEEWAY_AGENT"].flatMap { $0.isEmpty ? nil : $0 }
        // As the agent's own configuration writes it, or as a browser does.
        let given = agent ?? variable ?? "127.0.0.1:9464"
        let text = given.contains("://") ? given : "http://" + given
        do {
            return AgentClient(address: try RegistryURL(configuration: text).text)
        } catch {
            throw CommandFailure(
                message: "leeway: \(agent == nil ? "LEEWAY_AGENT" : "--agent"): \(error.reason)", exitCode: 2)
        }
    }
}

/// Asks an agent over HTTP.
struct AgentClient: Sendable {
    /// As `http://127.0.0.1:9464`.
    let address: String

    func get<Value: Decodable & Sendable>(
        _ path: String, query: [(name: String, value: String?)] = [], as type: Value.Type = Value.self
    ) async throws -> RegistryClient.Answer<Value> {
        let client = RegistryClient(address: address, token: nil, userAgent: "leeway/\(Leeway.version)")
        do {
            return try await client.get(path, query: query)
        } catch {
            throw CommandFailure(message: "leeway: \(error.ofAgent)")
        }
    }
}

extension RegistryClientError {
    /// In the words of one who asks an agent.
    fileprivate var ofAgent: String {
        switch kind {
        case .unreachable:
            "\(address): no agent answers there; start it with `leeway agent`, or name its http address with "
                + "--agent or LEEWAY_AGENT"
        case .malformed: "\(address): what answers there is no agent of ours"
        default: "\(address): \(reason)"
        }
    }
}
