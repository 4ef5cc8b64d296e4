import ArgumentParser
import Drift
import Foundation

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Show an agent's models as they are now: drift, rows a second, alerts.",
        discussion: """
            On a terminal it goes on, and ends with Ctrl-C. In a pipe, and with --once, it prints once. Lines of what has \
            drifted or failed are red, unless NO_COLOR is set.
            """)

    @Option(help: "Seconds between looks.")
    var interval = 2.0

    @Flag(help: "Print once.")
    var once = false

    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (0.1...3600).contains(interval) else {
            throw ValidationError("--interval is from 0.1 to 3600 seconds")
        }
    }

    func run() async throws {
        let client = try options.client()
        let answer = try await client.get("/api/v1/status", as: AgentStatus.self)
        if options.json { return printJSON(answer.json) }
        let screen = TopScreen(answer.value)
        guard Terminal.size != nil, !once else { return print(screen.text(lines: .max)) }
        try await LivePage.show(every: .seconds(interval), from: screen) { before in
            await before.successor(asking: client)
        } text: { screen in
            screen.text(lines: Terminal.size?.lines ?? 24)
        }
    }
}

/// What `leeway top` shows at one moment.
struct TopScreen: Sendable {
    private let status: AgentStatus
    /// Why it is no longer what there is now.
    var problem: String?

    init(_ status: AgentStatus) { self.status = status }

    /// What there is now. An agent that is gone may come back: until then this stays, and says so.
    func successor(asking client: AgentClient) async -> TopScreen {
        do {
            return TopScreen(try await client.get("/api/v1/status", as: AgentStatus.self).value)
        } catch {
            var screen = self
            screen.problem = (error as? CommandFailure)?.message ?? "\(error)"
            return screen
        }
    }

    /// Worst features of a model that has drifted; of another one is shown.
    private static let featuresShown = 3

    /// - Parameter lines: what there is room for; the models that are well go first.
    func text(lines: Int) -> String {
        let all = [title, ""] + table + (alerts.isEmpty ? [] : [""] + alerts)
        guard all.count >= lines else { return all.joined(separator: "\n") }
        let shown = max(1, lines - 2)
        return (all.prefix(shown) + ["… and \(all.count - shown) more lines"]).joined(separator: "\n")
    }

    private var title: String {
        let rate = status.models.compactMap(\.rowsPerSecond).reduce(0, +)
        let firing = status.models.flatMap(\.alerts)
        let parts = [
            status.name.onOneLine, counted(status.models.count, "model"), "\(brief(rate)) rows/s",
            firing.isEmpty ? "no alert fires" : counted(firing.count, "alert"), status.now.clock,
        ]
        let line = Terminal.fitted(parts.joined(separator: " · "))
        return problem.map { Terminal.fitted($0.onOneLine).alarming } ?? line
    }

    // MARK: Models

    private var table: [String] {
        var table = TextTable([
            ("MODEL", .left), ("STATE", .left), ("ROWS/S", .right), ("LOST", .right), ("FEATURE", .left),
            ("MEASURE", .left), ("VALUE", .right),
        ])
        var alarming = [false]
        for model in status.models.sorted(by: TopScreen.precedes) {
            for row in rows(of: model) {
                table.add(row)
                alarming.append(model.isAlarming)
            }
        }
        let lines = Terminal.fitted(table.description).split(separator: "\n").map(String.init)
        return zip(lines, alarming).map { $1 ? $0.alarming : $0 }
    }

    /// What needs a person first.
    private static func precedes(_ a: ModelStatus, _ b: ModelStatus) -> Bool {
        a.isAlarming == b.isAlarming ? a.model < b.model : a.isAlarming
    }

    private func rows(of model: ModelStatus) -> [[String]] {
        let head = [
            Terminal.fitted(model.model, to: 16), model.word, model.rowsPerSecond.map(brief) ?? "-",
            "\(model.lost)",
        ]
        let loud = model.worst.prefix { [.alarmed, .critical].contains($0.level) }
        let features = model.worst.prefix(max(1, min(loud.count, TopScreen.featuresShown))).map(cells)
        let first = features.first ?? ["-", "", ""]
        return [head + first] + features.dropFirst().map { ["", "", "", ""] + $0 }
    }

    private func cells(of feature: WorstFeature) -> [String] {
        [Terminal.fitted(feature.feature, to: 18), feature.measure, feature.value.map(brief) ?? "-"]
    }

    // MARK: Alerts

    private var alerts: [String] {
        let firing = status.models.flatMap { model in model.alerts.map { (model.model, $0) } }
        return firing.sorted { $1.1.severity < $0.1.severity }.map { model, alert in
            let of = alert.version.map { " of version \($0)" } ?? ""
            let features = alert.features.isEmpty ? "" : ": " + alert.features.joined(separator: ", ")
            let line =
                "\(alert.severity.rawValue)  \(model) \(alert.kind)\(of)\(features), since \(alert.since.brief)"
            return Terminal.fitted(line.onOneLine)
        }
    }
}

func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

extension ModelStatus {
    fileprivate var isAlarming: Bool { state == .failed || !alerts.isEmpty || verdict == .drifted }

    /// How it stands, in a word: by its newest window where it is watched.
    fileprivate var word: String {
        switch (state, verdict) {
        case (.failed, _): "failed"
        case (.stale, _): "stale"
        case (.awaitingReference, _): "no reference"
        case (.monitoring, .drifted): "drifted"
        case (.monitoring, .ok): "ok"
        case (.monitoring, .incomplete): "incomplete"
        case (.monitoring, .insufficient): "few rows"
        case (.monitoring, nil): "no window"
        }
    }

    /// Messages and rows that no window has.
    fileprivate var lost: UInt64 {
        counters.missed + counters.rejected.values.reduce(0, +) + counters.late + counters.future
    }
}

extension Timestamp {
    /// To the second, in UTC: `10:15:04Z`.
    fileprivate var clock: String { description.dropFirst(11).prefix(8) + "Z" }
}
