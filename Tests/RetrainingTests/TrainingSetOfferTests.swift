import Drift
import Foundation
import Retraining
import Testing

@Suite struct TrainingSetOfferTests {
    private static let sha256 = String(repeating: "ab", count: 32)

    private static func offer(
        sha256: String = TrainingSetOfferTests.sha256, size: Int64 = 1, features: [String] = ["a"],
        source: [String: String] = [:]
    ) -> TrainingSetOffer {
        TrainingSetOffer(
            sha256: sha256, size: size,
            schema: ModelSchema(features: features.map { Feature(name: $0, kind: .numeric) }), source: source)
    }

    @Test func `an offer is read as it is sent`() throws {
        let json = """
            {"sha256": "\(Self.sha256.uppercased())", "size": 3, "time_column": "at",
             "schema": {"version": 1, "features": [{"name": "a", "kind": "numeric"}]},
             "label_cutoff": "2026-01-01T00:00:00Z", "source": {"agent": "x"}, "later": 1}
            """
        let offer = try JSONDecoder().decode(TrainingSetOffer.self, from: Data(json.utf8))
        try offer.check()
        #expect((offer.sha256, offer.size, offer.timeColumn) == (Self.sha256, 3, "at"))
        #expect(offer.labelCutoff == Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        let again = try JSONDecoder().decode(TrainingSetOffer.self, from: JSONEncoder().encode(offer))
        #expect(again == offer)
    }

    @Test(arguments: [
        (TrainingSetOfferTests.offer(sha256: "ab"), "sha256"), (TrainingSetOfferTests.offer(size: 0), "size"),
        (TrainingSetOfferTests.offer(size: -1), "size"),
        (TrainingSetOfferTests.offer(features: []), "schema.features"),
        (TrainingSetOfferTests.offer(features: ["a", "a"]), "schema.features"),
        (TrainingSetOfferTests.offer(source: ["a": String(repeating: "x", count: 4096)]), "source"),
    ])
    func `what breaks a rule is named`(offer: TrainingSetOffer, field: String) {
        let error = #expect(throws: TrainingSetOfferError.self) { try offer.check() }
        #expect(error?.field == field)
    }
}
