import Drift
import EventDelivery
import Foundation
import GRDB
import Retraining
import Testing

@testable import Agent

/// A ledger in a database of its own.
private struct Book {
    let database: DatabasePool
    let ledger: AlertLedger

    init(capacity: Int = 1000) throws {
        let folder = NSTemporaryDirectory() + "alerts-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        database = try DatabasePool(path: folder + "/agent.sqlite")
        try database.write { try AlertLedger.createTables(in: $0) }
        ledger = AlertLedger(database, capacity: capacity)
    }

    @discardableResult
    func take(
        _ events: DriftEvent..., sightings: [AlertSighting] = [], proposals: [RetrainRequested] = []
    ) throws -> [AlertNews] {
        var outcome = AgentStore.Outcome()
        (outcome.events, outcome.sightings, outcome.proposals) = (events, sightings, proposals)
        return try database.write { [outcome] in try ledger.take(outcome, in: $0) }
    }

    func ids(_ query: AlertQuery) throws -> [String] { try ledger.page(query).alerts.map(\.fingerprint) }
}

private let hour: Int64 = 3_600_000_000_000

private func hours(_ count: Int64) -> Timestamp { Timestamp(nanoseconds: count * hour) }

private func window(_ end: Int64) -> WindowSummary {
    WindowSummary(start: hours(end - 1), end: hours(end), rows: 500)
}

private func contributor(_ feature: String, _ value: Double) -> DriftEvent.Contributor {
    DriftEvent.Contributor(feature: feature, measure: "psi", value: value, score: nil, pValue: nil)
}

/// What happened to an alert that fired at `since`, with the window that ended at `end`.
private func event(
    _ type: DriftEvent.Kind = .firing, since: Int64 = 1, end: Int64? = nil, fingerprint: String = "f",
    model: String = "m", severity: DriftEvent.Severity = .warning, value: Double = 0.15,
    features: [String] = ["amount"]
) -> DriftEvent {
    let end = end ?? since
    let name = String(repeating: "0", count: 16 - fingerprint.utf8.count) + fingerprint
    return DriftEvent(
        id: "\(name)-\(type.rawValue)-\(end)", type: type, source: "/agents/qa", subject: "\(model)/x",
        time: hours(end),
        data: DriftEvent.Payload(
            model: model, kind: "data", fingerprint: name, feature: features[0], measure: "psi",
            value: value, threshold: 0.1, pValue: 0.01, qValue: nil, errorBound: nil, severity: severity,
            window: window(end), test: nil, reference: "r", versions: ["3"],
            contributors: type == .firing ? features.map { contributor($0, value) } : [], histogram: nil,
            since: hours(since)))
}

private func proposal(_ events: DriftEvent...) -> RetrainRequested {
    RetrainRequested(
        RetrainRequest(
            model: "m", cause: RetrainCause(trigger: .drift, reason: "psi of amount is 0.15"),
            evidence: events.map(RetrainEvidence.init), reference: "r"), source: "/agents/qa",
        time: hours(1))
}

private func decision(_ request: String, _ state: String, _ reason: String = "") -> RegistrySender.Outcome {
    .decided(RegistrySender.Decision(id: request, model: "m", state: state, reason: reason))
}

struct AlertLedgerTests {
    @Test func `an alert's story is told from its firing to its end`() throws {
        let (book, fired) = (try Book(), event())
        let request = proposal(fired)
        let id = fired.data.alertID
        try book.take(fired, proposals: [request])
        _ = try book.ledger.take(decision(request.data.id, "waiting", "cooldown"), at: hours(2))
        try book.take(
            sightings: [
                AlertSighting(
                    id: id, window: window(2), verdict: "drifted", contributors: [contributor("age", 0.4)])
            ])
        try book.take(event(end: 3, severity: .critical, value: 0.3, features: ["amount", "age"]))
        _ = try book.ledger.take(decision(request.data.id, "accepted", "now"), at: hours(4))
        try book.take(event(.resolved, end: 5, value: 0.01))

        let story = try #require(try book.ledger.story(of: id))
        #expect(
            story.steps.map(\.step) == [
                .fired, .proposed, .answered, .window, .worsened, .answered, .resolved,
            ])
        #expect(story.steps.map(\.time) == [1, 1, 2, 2, 3, 4, 5].map(hours))
        #expect(story.steps.map(\.value) == [0.15, nil, nil, 0.4, 0.3, nil, 0.01])
        #expect(story.steps.map(\.state) == [nil, nil, "waiting", nil, nil, "accepted", nil])
        #expect(story.steps[1].reason == "psi of amount is 0.15")
        #expect(story.steps[0].event == fired.id && story.steps[0].window == window(1))
        #expect(story.steps[6].contributors == nil)
        #expect(story.omitted == 0)

        let alert = story.alert
        #expect((alert.state, alert.severity) == (.resolved, .critical))
        #expect((alert.since, alert.updated, alert.resolved) == (hours(1), hours(5), hours(5)))
        #expect((alert.value, alert.features) == (0.3, ["amount", "age"]))
        #expect(
            alert.request == ProposalStatus(request: request.data.id, state: "accepted", reason: "now"))
    }

    @Test func `what is new is told, and nothing twice`() throws {
        let book = try Book()
        #expect(try book.take(event()).map(\.step.step) == [.fired])
        #expect(try book.take(event()).isEmpty)
        let request = proposal(event())
        #expect(try book.take(proposals: [request, request]).map(\.step.step) == [.proposed])
        let answer = decision(request.data.id, "accepted")
        #expect(try book.ledger.take(answer, at: hours(2)).map(\.step.step) == [.answered])
        #expect(try book.ledger.take(answer, at: hours(3)).isEmpty)
        #expect(try book.ledger.take(decision("another", "accepted"), at: hours(3)).isEmpty)
    }

    @Test func `one that fires again within the cooldown is the same alert, later it is another`() throws {
        let book = try Book()
        try book.take(event())
        try book.take(event(.resolved, end: 2))
        #expect(try book.take(event(since: 1, end: 3)).map(\.step.step) == [.reopened])
        let reopened = try #require(try book.ledger.page(AlertQuery(limit: 10)).alerts.first)
        #expect((reopened.state, reopened.resolved) == (.firing, nil))
        try book.take(event(.resolved, end: 4))
        #expect(try book.take(event(since: 9)).map(\.step.step) == [.fired])
        #expect(try book.ledger.page(AlertQuery(limit: 10)).alerts.map(\.since) == [hours(9), hours(1)])
        let newest = try #require(try book.ledger.story(of: event().data.fingerprint))
        #expect(newest.alert.since == hours(9))
    }

    @Test func `an alert that fired before there was a ledger resolves in it`() throws {
        let book = try Book()
        #expect(try book.take(event(.resolved, since: 1, end: 7)).map(\.step.step) == [.resolved])
        #expect(try book.ledger.page(AlertQuery(limit: 1)).alerts[0].state == .resolved)
    }

    @Test func `a request that the registry cannot take is given up, with the reason`() throws {
        let book = try Book()
        try book.take(event(), proposals: [proposal(event())])
        let news = try book.ledger.take(.refused(model: "m", reason: "no such model"), at: hours(2))
        #expect(news.map(\.step.state) == ["given_up"])
        #expect(news.first?.alert.request?.reason == "no such model")
        #expect(try book.ledger.take(.refused(model: "other", reason: ""), at: hours(2)).isEmpty)
    }

    @Test func `a request is told to all alerts that it is for, but not to quality's`() throws {
        let book = try Book()
        var quality = event(fingerprint: "b")
        quality.data.kind = "quality"
        let events = [event(fingerprint: "a"), quality, event(fingerprint: "c")]
        for event in events { try book.take(event) }
        let news = try book.take(proposals: [proposal(events[0], events[1], events[2])])
        #expect(news.map(\.alert.fingerprint) == [events[0], events[2]].map(\.data.fingerprint))
    }

    // MARK: Pages

    @Test func `pages go on where the one before ended`() throws {
        let book = try Book()
        for index in 1...25 { try book.take(event(since: Int64(index))) }
        var (seen, next) = ([Timestamp](), Int64?.none)
        repeat {
            let page = try book.ledger.page(AlertQuery(before: next, limit: 10))
            (seen, next) = (seen + page.alerts.map(\.since), page.next)
        } while next != nil
        #expect(seen == (1...25).reversed().map { hours(Int64($0)) })
    }

    @Test func `alerts are found by what they are`() throws {
        let book = try Book()
        try book.take(event(fingerprint: "1", model: "it's \"<script>\""))
        try book.take(event(fingerprint: "2", severity: .critical))
        try book.take(event(fingerprint: "3"))
        try book.take(event(.resolved, end: 2, fingerprint: "3"))
        func found(_ change: (inout AlertQuery) -> Void) throws -> [Substring] {
            var query = AlertQuery(limit: 10)
            change(&query)
            return try book.ids(query).map { $0.drop { $0 == "0" } }
        }
        #expect(try found { $0.model = "it's \"<script>\"" } == ["1"])
        #expect(try found { $0.severity = .critical } == ["2"])
        #expect(try found { $0.state = .resolved } == ["3"])
        #expect(try found { ($0.state, $0.model) = (.firing, "m") } == ["2"])
        #expect(try found { $0.kind = "concept" } == [])
        #expect(try book.ledger.page(AlertQuery(limit: 1)).firing == [.warning: 1, .critical: 1])
    }

    @Test func `the pages of every filter are read by an index`() throws {
        let book = try Book()
        for condition in [
            "", "AND model = 'm'", "AND kind = 'data'", "AND state = 'firing'", "AND severity = 'critical'",
        ] {
            let plan = try book.database.read { database in
                try Row.fetchAll(
                    database,
                    sql: "EXPLAIN QUERY PLAN SELECT row, body FROM alert WHERE row < 9 \(condition) "
                        + "ORDER BY row DESC LIMIT 50"
                ).map { $0["detail"] as String }
            }
            #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(condition): \(plan)")
        }
    }

    // MARK: Bounds

    @Test func `the oldest go, but for those that fire`() throws {
        let book = try Book(capacity: 3)
        try book.take(event(since: 1, fingerprint: "f1"))
        for index in 2...6 {
            try book.take(event(since: Int64(index)))
            try book.take(event(.resolved, since: Int64(index), end: Int64(index)))
        }
        #expect(
            try book.ledger.page(AlertQuery(limit: 10)).alerts.map(\.since) == [6, 5, 4, 1].map(hours))
        let steps = try book.database.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM alert_step")
        }
        #expect(steps == 7)
    }

    @Test func `a long story keeps its first windows, its newest, and all else`() throws {
        let (book, fired) = (try Book(), event())
        try book.take(fired, proposals: [proposal(fired)])
        let all = AlertLedger.firstWindows + AlertLedger.newestWindows + 30
        for index in 0..<all {
            try book.take(
                sightings: [
                    AlertSighting(
                        id: fired.data.alertID, window: window(Int64(index) + 2), verdict: "drifted",
                        contributors: [])
                ])
        }
        let story = try #require(try book.ledger.story(of: fired.data.alertID))
        #expect(story.omitted == 30)
        #expect(story.steps.prefix(2).map(\.step) == [.fired, .proposed])
        let windows = story.steps.filter { $0.step == .window }.map(\.time)
        #expect(windows.first == hours(2) && windows.last == hours(Int64(all) + 1))
        #expect(windows[AlertLedger.firstWindows] == hours(Int64(AlertLedger.firstWindows) + 32))
    }
}
