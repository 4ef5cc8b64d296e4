import Drift
import Foundation
import Testing

@testable import Console

private func story(_ fingerprint: String, feature: String = "x") -> AlertStory {
    let noon = Timestamp(rfc3339: "2026-01-01T12:00:00Z")!
    let event = DriftEvent(
        id: "e", type: .firing, source: "/agents/qa", subject: "m/x", time: noon,
        data: DriftEvent.Payload(
            model: "m", kind: "data", fingerprint: fingerprint, feature: feature, measure: "psi", value: 0.3,
            threshold: 0.1, pValue: nil, qValue: nil, errorBound: nil, severity: .critical,
            window: WindowSummary(start: noon, end: noon), test: nil, reference: "r", versions: [],
            contributors: [
                DriftEvent.Contributor(feature: feature, measure: "psi", value: 0.3, score: nil, pValue: nil)
            ], histogram: nil, since: noon))
    return AlertStory(alert: AlertRecord(event), steps: [AlertStep(event, before: nil)], omitted: 4)
}

struct AlertRoutesTests {
    private let observatory = FakeObservatory(
        stories: [story("00000000000000aa"), story("00000000000000bb", feature: "<b>\n\"")])

    private func get(_ path: String) async throws -> (status: Int, body: JSON) {
        var found: (Int, JSON)?
        try await withConsole(observatory) { console in
            let answer = try await console.get(path)
            found = (answer.status, try JSON(parsing: Data(answer.body.utf8)))
        }
        return try #require(found)
    }

    @Test func `alerts are listed, with how many fire and where the next page begins`() async throws {
        let (status, body) = try await get("/api/v1/alerts?limit=1&model=&state=firing")
        guard case .object(let page) = body, case .array(let alerts)? = page["alerts"] else {
            Issue.record("\(body)")
            return
        }
        #expect(status == 200 && alerts.count == 1)
        #expect(page["next"] == .text("7"))
        #expect(page["firing"] == ["critical": .integer(1), "warning": .integer(0)])
    }

    @Test func `an alert comes with its story`() async throws {
        let id = observatory.stories[1].alert.id
        // 2026-01-01T12:00:00Z is 1,767,268,800 s.
        #expect(id == "00000000000000bb" + String(UInt64(1_767_268_800_000_000_000), radix: 16))
        let (status, body) = try await get("/api/v1/alerts/\(id)")
        guard case .object(let alert) = body, case .array(let steps)? = alert["story"],
            case .object(let step)? = steps.first
        else {
            Issue.record("\(body)")
            return
        }
        #expect(status == 200 && alert["id"] == .text(id))
        #expect((alert["state"], alert["omitted"]) == (.text("firing"), .integer(4)))
        #expect((step["step"], step["feature"]) == (.text("fired"), .text("<b>\n\"")))
    }

    @Test func `an unknown alert is not found`() async throws {
        let (status, body) = try await get("/api/v1/alerts/none%22")
        #expect(status == 404 && "\(body)".contains("unknown_alert"))
    }

    @Test(arguments: [
        "state=open", "severity=fatal", "limit=0", "limit=501", "before=0", "before=x", "before=-1",
    ])
    func `a filter that says nothing is refused`(query: String) async throws {
        let (status, body) = try await get("/api/v1/alerts?\(query)")
        #expect(status == 400 && "\(body)".contains("bad_parameter"))
    }
}
