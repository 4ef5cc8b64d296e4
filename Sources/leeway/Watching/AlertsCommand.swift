import ArgumentParser
import Drift

struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "List an agent's alerts, or tell how one of them went.")

    @Argument(help: "An alert's id or its fingerprint; without it, alerts are listed.")
    var id: String?

    @Option(help: "Alerts of this model alone.")
    var model: String?

    @Option(help: "firing or resolved.")
    var state: String?

    @Option(help: "warning or critical: the worst it has been.")
    var severity: String?

    @Option(help: "At most so many, the newest.")
    var limit = 20

    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (1...500).contains(limit) else { throw ValidationError("--limit is between 1 and 500") }
        guard state.map({ AlertRecord.State(rawValue: $0) != nil }) ?? true else {
            throw ValidationError("--state is firing or resolved")
        }
        guard severity.map({ DriftEvent.Severity(rawValue: $0) != nil }) ?? true else {
            throw ValidationError("--severity is warning or critical")
        }
    }

    func run() async throws {
        if let id { try await tell(id) } else { try await list() }
    }

    private struct Page: Decodable, Sendable { var alerts: [AlertRecord] }

    private func list() async throws {
        let answer = try await options.client().get(
            "/api/v1/alerts",
            query: [
                ("model", model), ("state", state), ("severity", severity), ("limit", "\(limit)"),
            ], as: Page.self)
        if options.json { return printJSON(answer.json) }
        guard !answer.value.alerts.isEmpty else { return print("no alerts") }
        print(AlertTable(answer.value.alerts).text)
    }

    private func tell(_ id: String) async throws {
        let answer = try await options.client().get(
            "/api/v1/alerts/\(id.percentEncoded)", as: AlertStory.self)
        options.json ? printJSON(answer.json) : print(answer.value.text)
    }
}

/// Alerts, a line each.
struct AlertTable {
    let text: String

    init(_ alerts: [AlertRecord]) {
        var table = TextTable([
            ("SINCE", .left), ("STATE", .left), ("SEVERITY", .left), ("MODEL", .left), ("KIND", .left),
            ("ABOUT", .left), ("FINGERPRINT", .left),
        ])
        for alert in alerts {
            table.add([
                alert.since.brief, alert.state.rawValue, alert.severity.rawValue,
                Terminal.fitted(alert.model, to: 14), alert.kind, Terminal.fitted(alert.subject, to: 14),
                alert.fingerprint,
            ])
        }
        let lines = Terminal.fitted(table.description).split(separator: "\n").map(String.init)
        text = zip(lines, [false] + alerts.map { $0.state == .firing }).map { $1 ? $0.alarming : $0 }
            .joined(separator: "\n")
    }
}

extension AlertRecord {
    /// What is to blame most.
    fileprivate var subject: String {
        feature.isEmpty ? [version.map { "v\($0)" } ?? "", measure].joined(separator: " ") : feature
    }
}

extension AlertStory {
    fileprivate var text: String {
        var fields = Fields(title: "alert \(alert.id)")
        fields.add("model", alert.model)
        fields.add(
            "kind", [alert.kind, alert.version.map { "of version \($0)" } ?? ""].joined(separator: " "))
        fields.add("state", "\(alert.state.rawValue), \(alert.severity.rawValue)")
        fields.add("about", alert.features.joined(separator: ", "))
        fields.add("since", alert.since.brief)
        fields.add("resolved", alert.resolved?.brief ?? "")
        fields.add("request", alert.request.map { "\($0.state) \($0.request ?? "")" } ?? "")
        var lines = steps.map {
            Terminal.wrapped("  \($0.time.brief)  \($0.sentence)".onOneLine, hanging: 20)
        }
        if let place = steps.indices.filter({ steps[$0].step == .window }).dropFirst(AlertStory.firstWindows)
            .first,
            omitted > 0
        {
            lines.insert("  … \(counted(omitted, "window")) more", at: place)
        }
        return ([fields.description, ""] + lines).joined(separator: "\n")
    }
}

extension AlertStep {
    /// What happened, as a person would say it.
    fileprivate var sentence: String {
        switch step {
        case .fired: "fired, \(severity?.rawValue ?? ""): \(numbers)"
        case .worsened: "worsened to \(severity?.rawValue ?? ""): \(numbers)"
        case .reopened: "fired again: \(numbers)"
        case .window: value == nil ? "a window spoke for it no more" : "still: \(numbers)"
        case .proposed: "asked to train again: \(reason ?? "")"
        case .answered: "the registry: \(state ?? ""), \(reason ?? "")"
        case .resolved: "resolved"
        }
    }

    private var numbers: String {
        let place = (feature ?? "").isEmpty ? "" : " of \(feature ?? "")"
        let limit = threshold.map { ", over \(brief($0))" } ?? ""
        let others = Set((contributors ?? []).map(\.feature)).subtracting([feature ?? ""]).count
        let company = others > 0 ? ", and \(counted(others, "feature")) more" : ""
        return "\(measure ?? "")\(place) is \(value.map(brief) ?? "-")\(limit)\(company)"
    }
}
