import Foundation
import Rollouts
import Statistics
import Testing

@Suite struct GatePolicyTests {
    private func read(_ text: String) throws -> GatePolicy {
        try JSONDecoder().decode(GatePolicy.self, from: Data(text.utf8))
    }

    @Test func `a policy says what must hold, the rest has defaults`() throws {
        let policy = try read(
            """
            {"floors": {"auc": 0.6, "log_loss": 0.5},
             "success": {"metric": "log_loss", "goal": "non_inferior", "margin": 0.01},
             "guards": {"calibration_error": 0.02}, "slices": {"minimum_rows": 200, "margin": 0.05}}
            """)
        let expected = GatePolicy(
            floors: [.auc: 0.6, .logLoss: 0.5], success: .init(.logLoss, .nonInferior, margin: 0.01),
            guards: [.calibrationError: 0.02], slices: .init(minimumRows: 200, margin: 0.05))
        #expect(policy == expected)
        #expect(try read(String(decoding: JSONEncoder().encode(policy), as: UTF8.self)) == policy)
    }

    @Test(arguments: [
        #"{"success": {"metric": "auc", "goal": "superior", "margin": 0}}"#, #"{"floors": {"auc": 0.6}}"#,
        #"{"floors": {"roc": 0.6}, "success": {"metric": "auc", "goal": "superior", "margin": 0}}"#,
    ])
    func `a policy that lacks what must hold, or names what there is not, is no policy`(text: String) {
        #expect(throws: DecodingError.self) { try read(text) }
    }

    @Test func `a policy that makes no sense is refused by the key`() throws {
        let wrong: [(String, (inout GatePolicy) -> Void)] = [
            ("floors", { $0.floors[.auc] = .nan }), ("success.margin", { $0.success.margin = -1 }),
            ("guards", { $0.guards[.auc] = .infinity }), ("slices.margin", { $0.slices.margin = -0.1 }),
            ("slices.minimum_rows", { $0.slices.minimumRows = 0 }),
            ("minimum_retrains", { $0.minimumRetrains = 2 }), ("minimum_rows", { $0.minimumRows = 0 }),
            ("minimum_clusters", { $0.minimumClusters = 1 }), ("confidence", { $0.confidence = 1 }),
            ("replicates", { $0.replicates = 99 }), ("replicates", { $0.replicates = 1_000_000 }),
        ]
        for (key, change) in wrong {
            var policy = GatePolicy.asking()
            change(&policy)
            let error = #expect(throws: GateError.self) { try policy.validate() }
            #expect(error?.description.contains("policy: \(key) ") == true)
        }
        try GatePolicy.asking().validate()
    }
}
