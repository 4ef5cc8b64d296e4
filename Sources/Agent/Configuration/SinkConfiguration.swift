import ConfigurationFile

/// Where drift events go.
package enum SinkConfiguration: Hashable, Sendable {
    /// A file of JSON lines.
    case file(path: String)
    case standardOutput
    case webhook(WebhookConfiguration)
}

extension SinkConfiguration {
    private static let available = ["file", "stdout", "webhook"]
    private static let planned = ["zeromq", "alertmanager", "airflow"]

    /// Reads a `[[sink]]`; `nil` when it is not a sink of ours.
    init?(_ table: ConfigurationTable) {
        switch table.required("type", table.text) {
        case "file":
            guard let path = table.required("path", table.path) else { return nil }
            self = .file(path: path)
        case "stdout":
            self = .standardOutput
        case "webhook":
            guard let webhook = WebhookConfiguration(table) else { return nil }
            self = .webhook(webhook)
        case let type:
            table.ignoreRest()
            if let type { table.report("type", SinkConfiguration.objection(to: type)) }
            return nil
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
