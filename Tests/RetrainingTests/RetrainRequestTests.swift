import Drift
import Foundation
import Testing

@testable import Retraining

struct RetrainRequestTests {
    /// Python: hashlib.sha256("\0".join([...]).encode()).hexdigest()
    @Test(arguments: [
        (RetrainTrigger.drift, "b4cce7fc8a09c641950087e378be96388b6172ffe87cdb97eaa7adc334ac34f8"),
        (.concept, "59401839e51f65ffdc0dfc962b1adda5dd9bb239a858290997eaba34741bf5de"),
        (.code, "5fe18a0f9b641a3d16e36f3d0bd6564aebfc594072874b8db0e3c00fc8d0664b"),
    ])
    func `an id is the SHA-256 of model, trigger, reference and window`(trigger: RetrainTrigger, id: String) {
        #expect(RetrainRequest.make(trigger).id == id)
    }

    @Test func `without reference and window their texts are empty`() {
        let request = RetrainRequest(model: "m", cause: RetrainCause(trigger: .schedule, reason: "monthly"))
        #expect(request.id == "e82df66b3e8a23f12a6d3e4b6a2226e3b572bbf5f270682840963008de6d98aa")
    }

    @Test func `champion, dataset, reason and evidence do not change who a request is`() {
        var other = RetrainRequest.make(evidence: [RetrainEvidence(.make())], champion: 7)
        other.dataset = RetrainRequest.Dataset(uri: "/data/rows.csv")
        #expect(other.id == RetrainRequest.make().id)
    }

    @Test func `JSON has the names that others read`() throws {
        let request = RetrainRequest.make(evidence: [RetrainEvidence(.make())], champion: 7)
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(request)) as? [String: Any]
        #expect(
            Set(json?.keys.map { $0 } ?? [])
                == ["id", "model", "cause", "evidence", "reference", "window", "champion_version"])
        #expect(try JSONDecoder().decode(RetrainRequest.self, from: JSONEncoder().encode(request)) == request)
    }

    @Test func `an event is a CloudEvent, the same for the same evidence`() throws {
        let request = RetrainRequest.make(evidence: [RetrainEvidence(.make())])
        let event = RetrainRequested(request, source: "/agents/a", time: .day(4))
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(event)) as? [String: Any]
        #expect(json?["type"] as? String == "dev.leeway.retrain.requested")
        #expect(json?["specversion"] as? String == "1.0")
        #expect(RetrainRequested(request, source: "/agents/b", time: .day(5)).id == event.id)
        let more = RetrainRequest.make(evidence: [RetrainEvidence(.make()), RetrainEvidence(.make(id: "f"))])
        #expect(RetrainRequested(more, source: "/agents/a", time: .day(4)).id != event.id)
    }

    // MARK: What others send

    @Test(arguments: [
        (RetrainTrigger.drift, #""model":"m""#, #""model":"n""#, "id"),
        (.drift, #""reason":"why""#, #""reason":"""#, "cause.reason"),
        (.drift, "1970-01-05T00:00:00Z", "1970-01-03T00:00:00Z", "window.end"),
        (.drift, #""reason":"why""#, #""reason":"why","commit":"0123abc""#, "cause.commit"),
        (.code, #""commit":"0123abc""#, #""commit":"main""#, "cause.commit"),
        (.code, #""commit":"0123abc","#, "", "cause.commit"),
    ])
    func `what breaks a rule is refused by the name of its field`(
        trigger: RetrainTrigger, old: String, new: String, field: String
    ) throws {
        let request = RetrainRequest.make(trigger)
        try request.check()
        let changed = try decoded(changing: old, to: new, of: request)
        let error = #expect(throws: RetrainRequestError.self) { try changed.check() }
        #expect(error?.field == field)
    }

    private func decoded(
        changing old: String, to new: String, of request: RetrainRequest
    ) throws -> RetrainRequest {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(request), as: UTF8.self)
        let changed = text.replacingOccurrences(of: old, with: new)
        #expect(changed != text)
        return try JSONDecoder().decode(RetrainRequest.self, from: Data(changed.utf8))
    }

    @Test(arguments: ["", "abc", String(repeating: "g", count: 64)])
    func `a digest is 64 hexadecimal digits`(sha256: String) {
        var request = RetrainRequest.make()
        request.dataset = RetrainRequest.Dataset(uri: "/data/rows.csv", sha256: sha256)
        #expect(throws: RetrainRequestError.self) { try request.check() }
    }
}
