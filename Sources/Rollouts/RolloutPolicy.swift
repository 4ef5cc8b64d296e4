/// What a rollout goes by, from its gate to its end. It is stored with the rollout and hashed; whatever is left out of its
/// text has a default, and a stored policy names everything.
package struct RolloutPolicy: Codable, Equatable, Sendable {
    /// Steps of the ramp, the last one's verdict promotes.
    package var stages: [Stage]
    /// Whether a candidate must have passed the offline gate.
    package var isGated: Bool
    package var shadow: Shadow
    /// Of guardrails and of harm; candidates share it.
    package var alpha: Double
    package var errorBudget: ErrorBudget
    /// How long a cluster of rows is, in seconds.
    package var cluster: Int64
    /// How long after a cluster's end its labels are all there, in seconds.
    package var labelDelay: Int64
    package var clusters: ClusterCounts
    /// In service before a favourable verdict, in seconds.
    package var minimumDuration: Int64
    /// From the launch on, in seconds; no longer, unless a person resumes it.
    package var maximumDuration: Int64
    package var success: Success
    /// Events that must not become more frequent, and the relative increase that is tolerated: beyond it the candidate is
    /// rolled back.
    package var hard: [RolloutMetric: Double]
    /// What must not move further than this: events by a relative increase, the rest by a difference in its own unit. The
    /// score and the bias may move neither way. Beyond it the rollout is held.
    package var soft: [RolloutMetric: Double]
    /// An event that happens to a smaller part of the candidate's units is no harm, whatever the champion's part is.
    package var negligible: Double
    /// Milliseconds beyond which an answer is `slow`.
    package var latencyLimit: Double?
    /// The largest loss by the success metric that the champion may have; beyond it, rolling back restores an incident.
    package var floor: Double?
    /// Of the test that units fall into the arms as configured.
    package var sampleRatioAlpha: Double
    /// The largest part of units that may be seen in two arms.
    package var crossoverLimit: Double
    /// Seconds without a report after which nothing is known.
    package var silence: Int64
    package var onInconclusive: OnInconclusive
    /// What a person must agree to.
    package var approval: [ApprovalStep]
    /// The part of units that the former champion goes on to serve after the promotion, for comparison.
    package var holdback: Double
    /// How long it does, in seconds, at least as long as the promoted version is watched; `nil` for just as long.
    package var holdbackDuration: Int64?
    /// How long a promoted version is watched, in seconds: then a harm no longer rolls back.
    package var baking: Int64

    package init(
        stages: [Stage] = Stage.ramp, isGated: Bool = true, shadow: Shadow = Shadow(), alpha: Double = 0.05,
        errorBudget: ErrorBudget = ErrorBudget(), cluster: Int64 = 86_400, labelDelay: Int64 = 86_400,
        clusters: ClusterCounts = ClusterCounts(), minimumDuration: Int64 = 14 * 86_400,
        maximumDuration: Int64 = 90 * 86_400, success: Success = Success(.logLoss),
        hard: [RolloutMetric: Double] = [.exception: 0.5, .timeout: 0.5, .invalid: 0.5],
        soft: [RolloutMetric: Double] = [:], negligible: Double = 0.001, latencyLimit: Double? = nil,
        floor: Double? = nil, sampleRatioAlpha: Double = 0.001, crossoverLimit: Double = 0.001,
        silence: Int64 = 6 * 3600, onInconclusive: OnInconclusive = .hold, approval: [ApprovalStep] = [],
        holdback: Double = 0.05, holdbackDuration: Int64? = nil, baking: Int64 = 7 * 86_400
    ) {
        (self.stages, self.isGated, self.shadow) = (stages, isGated, shadow)
        (self.alpha, self.errorBudget) = (alpha, errorBudget)
        (self.cluster, self.labelDelay, self.clusters) = (cluster, labelDelay, clusters)
        (self.minimumDuration, self.maximumDuration) = (minimumDuration, maximumDuration)
        (self.success, self.hard, self.soft, self.negligible) = (success, hard, soft, negligible)
        (self.latencyLimit, self.floor, self.sampleRatioAlpha) = (latencyLimit, floor, sampleRatioAlpha)
        (self.crossoverLimit, self.silence, self.onInconclusive) = (crossoverLimit, silence, onInconclusive)
        (self.approval, self.baking) = (approval, baking)
        (self.holdback, self.holdbackDuration) = (holdback, holdbackDuration)
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case stages, shadow, alpha, cluster, clusters, success, hard, soft, negligible, floor, silence
        case approval, holdback, baking
        case isGated = "gate"
        case errorBudget = "error_budget"
        case labelDelay = "label_delay"
        case minimumDuration = "minimum_duration"
        case maximumDuration = "maximum_duration"
        case latencyLimit = "latency_limit_ms"
        case sampleRatioAlpha = "sample_ratio_alpha"
        case crossoverLimit = "crossover_limit"
        case onInconclusive = "on_inconclusive"
        case holdbackDuration = "holdback_for"
    }

    package init(from decoder: any Decoder) throws {
        self.init()
        let reader = try DefaultedReader<CodingKeys>(decoder)
        try reader.read(.stages, into: &stages)
        try reader.read(.isGated, into: &isGated)
        try reader.read(.shadow, into: &shadow)
        try reader.read(.alpha, into: &alpha)
        try reader.read(.errorBudget, into: &errorBudget)
        try reader.read(.cluster, into: &cluster)
        try reader.read(.labelDelay, into: &labelDelay)
        try reader.read(.clusters, into: &clusters)
        try reader.read(.minimumDuration, into: &minimumDuration)
        try reader.read(.maximumDuration, into: &maximumDuration)
        try reader.read(.success, into: &success)
        try reader.read(.hard, into: &hard)
        try reader.read(.soft, into: &soft)
        try reader.read(.negligible, into: &negligible)
        try reader.read(.latencyLimit, into: &latencyLimit)
        try reader.read(.floor, into: &floor)
        try reader.read(.sampleRatioAlpha, into: &sampleRatioAlpha)
        try reader.read(.crossoverLimit, into: &crossoverLimit)
        try reader.read(.silence, into: &silence)
        try reader.read(.onInconclusive, into: &onInconclusive)
        try reader.read(.approval, into: &approval)
        try reader.read(.holdback, into: &holdback)
        try reader.read(.holdbackDuration, into: &holdbackDuration)
        try reader.read(.baking, into: &baking)
    }

    /// SHA-256 of the canonical JSON.
    package var digest: String { CanonicalJSON.digest(of: CanonicalJSON.encode(self)) }
}

/// Reads values that may be left out, and refuses keys that nobody knows: a guardrail with a slip in its name would
/// guard nothing.
struct DefaultedReader<Key: CodingKey & CaseIterable> {
    private let container: KeyedDecodingContainer<Key>

    init(_ decoder: any Decoder) throws {
        container = try decoder.container(keyedBy: Key.self)
        let known = Set(Key.allCases.map(\.stringValue))
        let found = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        if let stranger = found.sorted().first(where: { !known.contains($0) }) {
            let description = "no key is named \(stranger): use \(known.sorted().joined(separator: ", "))"
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: description))
        }
    }

    func read<Value: Decodable>(_ key: Key, into value: inout Value) throws {
        value = try container.decodeIfPresent(Value.self, forKey: key) ?? value
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
