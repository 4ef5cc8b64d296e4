import ConfigurationFile

/// Where events go, and which.
package struct SinkConfiguration: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A file of JSON lines.
        case file(path: String)
        case standardOutput
        case webhook(WebhookConfiguration)
        case airflow(AirflowConfiguration)
        case command(CommandConfiguration)
    }

    package enum Events: String, CaseIterable, Sendable {
        /// Alerts that fire and resolve.
        case drift
        /// Requests to train a model again.
        case retrain
    }

    package var kind: Kind
    package var events: Set<Events>

    package init(_ kind: Kind, events: Set<Events> = [.drift]) { (self.kind, self.events) = (kind, events) }
}

extension SinkConfiguration {
    private static let available = ["file", "stdout", "webhook", "airflow", "command"]
    private static let planned = ["zeromq", "alertmanager"]

    /// Reads a `[[sink]]`; `nil` when it is not a sink of ours.
    init?(_ table: ConfigurationTable) {
        guard let type = table.required("type", table.text) else {
            table.ignoreRest()
            return nil
        }
        guard SinkConfiguration.available.contains(type) else {
            table.ignoreRest()
            table.report("type", SinkConfiguration.objection(to: type))
            return nil
        }
        let trains = ["airflow", "command"].contains(type)
        events = table.events(default: trains ? [.retrain] : [.drift])
        guard let kind = Kind(type, table) else { return nil }
        self.kind = kind
        if case .airflow = kind, events != [.retrain] {
            table.report("events", "must be [\"retrain\"]: a run of a DAG is about a retrain request")
        }
    }

    private static func objection(to type: String) -> String {
        let choice = available.map { "\"\($0)\"" }.joined(separator: " or ")
        if planned.contains(type) {
            return "a sink of type \"\(type)\" is not available in this version, only \(choice)"
        }
        let hint = nearestName(to: type, among: available).map { "did you mean \"\($0)\"?" }
        return "unknown type \"\(type)\"; " + (hint ?? "must be \(choice)")
    }
}

extension SinkConfiguration.Kind {
    /// What a sink of a type that there is needs; `nil` when it cannot be used.
    fileprivate init?(_ type: String, _ table: ConfigurationTable) {
        switch type {
        case "file":
            guard let path = table.required("path", table.path) else { return nil }
            self = .file(path: path)
        case "webhook":
            guard let webhook = WebhookConfiguration(table) else { return nil }
            self = .webhook(webhook)
        case "airflow":
            guard let airflow = AirflowConfiguration(table) else { return nil }
            self = .airflow(airflow)
        case "command":
            guard let command = CommandConfiguration(table) else { return nil }
            self = .command(command)
        default:
            self = .standardOutput
        }
    }
}

extension ConfigurationTable {
    fileprivate func events(default standard: Set<SinkConfiguration.Events>) -> Set<SinkConfiguration.Events>
    {
        guard let events = choices("events", of: SinkConfiguration.Events.self) else { return standard }
        if events.isEmpty { report("events", "must hold \"drift\", \"retrain\" or both") }
        return Set(events)
    }
}
