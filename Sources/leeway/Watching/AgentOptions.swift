import ArgumentParser
import ConfigurationFile
import Foundation
import RegistryClient

/// Which agent a command asks, and how the answer is printed.
struct AgentOptions: ParsableArguments {
    @Option(help: "The agent's address. (default: $LEEWAY_AGENT, else http://127.0.0.1:9464)")
    var agent: String?

    @Flag(help: "Print JSON.")
    var json = false

    func get<Value: Decodable & Sendable>(
        _ path: String, query: [(name: String, value: String?)] = [], as type: Value.Type = Value.self
    ) async throws -> RegistryClient.Answer<Value> {
        let client = RegistryClient(
            address: try address(), token: nil, userAgent: "leeway/\(Leeway.version)")
        do {
            return try await client.get(path, query: query)
        } catch {
            throw CommandFailure(message: "leeway: \(error.ofAgent)")
        }
    }

    private func address() throws -> String {
        let variable = ProcessInfo.processInfo.environment["LEEWAY_AGENT"].flatMap { $0.isEmpty ? nil : $0 }
        do {
            return try RegistryURL(configuration: agent ?? variable ?? "http://127.0.0.1:9464").text
        } catch {
            throw CommandFailure(
                message: "leeway: \(agent == nil ? "LEEWAY_AGENT" : "--agent"): \(error.reason)", exitCode: 2)
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
