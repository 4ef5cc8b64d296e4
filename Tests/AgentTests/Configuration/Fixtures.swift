import ConfigurationFile

@testable import Agent

extension HostEnvironment {
    /// A machine on which every file is there and every folder can be written.
    static func make(
        variables: [String: String] = [:], missing: Set<String> = [], unwritable: Set<String> = []
    ) -> HostEnvironment {
        HostEnvironment(
            variables: variables, hostName: "sidecar-1",
            obstacleToReading: { missing.contains($0) ? "no such file" : nil },
            obstacleToWriting: { unwritable.contains($0) ? "permission denied in \"\($0)\"" : nil })
    }
}

/// The smallest configuration there is, on lines 1 to 4.
let minimal = """
    [[stream]]
    model = "fraud"
    endpoints = ["tcp://127.0.0.1:5556"]
    reference = "fraud.json"

    """

func configuration(
    _ source: String, host: HostEnvironment = .make()
) throws(InvalidConfiguration) -> AgentConfiguration {
    try .parse(source, file: "agent.conf", folder: "/etc/leeway", host: host)
}

/// What a source is refused for, one message a line.
func mistakes(_ source: String, host: HostEnvironment = .make()) -> String {
    do throws(InvalidConfiguration) {
        _ = try configuration(source, host: host)
        return "none"
    } catch {
        return error.description
    }
}
