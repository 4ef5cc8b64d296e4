import Foundation
import Rollouts
import Testing

@Suite struct RolloutPolicyTests {
    private func read(_ text: String) throws -> RolloutPolicy {
        try JSONDecoder().decode(RolloutPolicy.self, from: Data(text.utf8))
    }

    @Test func `whatever is left out has its default, and a stored policy names everything`() throws {
        let text = """
            {"stages": [{"share": 0.1}], "success": {"metric": "brier", "goal": "non_inferior", "margin": 0.01},
             "soft": {"score": 0.05}, "clusters": {"harm": 12}}
            """
        var expected = RolloutPolicy()
        expected.stages = [.init(share: 0.1)]
        expected.success = .init(.brier, .nonInferior, margin: 0.01)
        expected.soft = [.score: 0.05]
        expected.clusters.harm = 12
        let policy = try read(text)
        #expect(policy == expected)
        let stored = CanonicalJSON.encode(policy)
        let optional: [RolloutPolicy.CodingKeys] = [.floor, .latencyLimit, .holdbackDuration]
        for key in RolloutPolicy.CodingKeys.allCases where !optional.contains(key) {
            #expect(stored.contains("\"\(key.rawValue)\":"))
        }
        #expect(try read(stored) == policy)
    }

    @Test(arguments: [
        #"{"gaurdrails": {}}"#, #"{"hard": {"excpetion": 0.1}}"#,
        #"{"stages": [{"share": 0.1, "units": 3}]}"#,
        #"{"shadow": {"rows": 3}}"#, #"{"clusters": {"favorable": 3}}"#, #"{"success": {"metric": "auc"}}"#,
        #"{"error_budget": {"days": 3}}"#,
    ])
    func `a slip in a name is an error`(text: String) {
        #expect(throws: DecodingError.self) { try read(text) }
    }

    @Test func `a digest changes with anything in the policy`() {
        var other = RolloutPolicy()
        other.soft = [.latency: 5]
        #expect(RolloutPolicy().digest == RolloutPolicy().digest && other.digest != RolloutPolicy().digest)
        #expect(other.digest.count == 64)
    }

    @Test func `a policy that makes no sense is refused by the key`() throws {
        let wrong: [(String, (inout RolloutPolicy) -> Void)] = [
            ("stages", { $0.stages = [] }), ("stages[0].share", { $0.stages[0].share = .nan }),
            ("stages[1].share", { $0.stages[1].share = 0.33333 }),
            ("stages[2].share", { $0.stages[2].share = 0.6 }),
            ("stages[0].minimum_units", { $0.stages[0].minimumUnits = 0 }),
            ("stages[0].minimum_duration", { $0.stages[0].minimumDuration = -1 }),
            ("stages[0].minimum_duration", { $0.stages[0].minimumDuration = .max }),
            ("stages", { $0.stages.reverse() }), ("holdback", { $0.holdback = 0.9 }),
            ("alpha", { $0.alpha = 0 }), ("error_budget.alpha", { $0.errorBudget.alpha = .nan }),
            ("negligible", { $0.negligible = 1 }), ("sample_ratio_alpha", { $0.sampleRatioAlpha = 2 }),
            ("crossover_limit", { $0.crossoverLimit = -0.1 }), ("cluster", { $0.cluster = 0 }),
            ("label_delay", { $0.labelDelay = -1 }), ("silence", { $0.silence = .max }),
            ("maximum_duration", { $0.maximumDuration = 3600 }), ("clusters.harm", { $0.clusters.harm = 1 }),
            ("clusters.favourable", { $0.clusters.favourable = 9 }),
            ("clusters.tightest", { $0.clusters.tightest = 0 }),
            ("shadow.minimum_rows", { $0.shadow.minimumRows = 0 }),
            ("shadow.interval", { $0.shadow.interval = 0 }),
            ("success.metric", { $0.success.metric = .latency }),
            ("success.margin", { $0.success.margin = -.infinity }), ("hard", { $0.hard = [:] }),
            ("hard.latency", { $0.hard[.latency] = 0.1 }), ("hard.timeout", { $0.hard[.timeout] = -0.1 }),
            ("soft.score", { $0.soft[.score] = .nan }), ("floor", { $0.floor = .nan }),
            ("latency_limit_ms", { $0.soft[.slow] = 0.1 }), ("baking", { $0.baking = -1 }),
            ("holdback_for", { $0.holdbackDuration = 3600 }),
            ("holdback_for", { ($0.holdback, $0.holdbackDuration) = (0, 30 * 86_400) }),
            ("soft.positive", { $0.soft[.positive] = 0.1 }),
            ("success.metric", { $0.success.metric = .positive }),
        ]
        for (key, change) in wrong {
            var policy = RolloutPolicy()
            change(&policy)
            let error = #expect(throws: RolloutPolicyError.self) { try policy.validate(candidates: 1) }
            #expect(error?.key == key, "\(key): \(String(describing: error))")
        }
        try RolloutPolicy().validate(candidates: 1)
    }

    @Test func `candidates and their control must fit`() throws {
        let error = #expect(throws: RolloutPolicyError.self) { try RolloutPolicy().validate(candidates: 2) }
        #expect(
            error?.description
                == "the rollout's policy: stages[2].share is 0.5, but 2 candidates and their control fit only up "
                + "to 0.3333 each: make it smaller, or try fewer at once")
        #expect(throws: RolloutPolicyError.self) { try RolloutPolicy().validate(candidates: 0) }
    }

    @Test func `however many rollouts share an error budget, they spend no more than it`() {
        let budget = RolloutPolicy.ErrorBudget(alpha: 0.05)
        let spent = (1...10_000).reduce(0) { $0 + budget.share(rank: $1) }
        #expect(spent < 0.05 && spent > 0.0499)
    }
}
