/// A policy that makes no sense: which key, and what it must be.
package struct RolloutPolicyError: Error, Equatable, CustomStringConvertible {
    package let key: String
    package let rule: String

    package var description: String { "the rollout's policy: \(key) \(rule)" }
}

extension RolloutPolicy {
    /// The first thing that makes no sense, as an error.
    package func validate(candidates: Int) throws(RolloutPolicyError) {
        try require(candidates >= 1, "candidates", "must be at least 1")
        try validateStages(candidates)
        try validateErrorRates()
        try validateTimes()
        try validateEvidence()
        try validateMetrics()
    }

    private func validateStages(_ candidates: Int) throws(RolloutPolicyError) {
        try require(
            (1...100).contains(stages.count), "stages", "must be 1 to 100, like [{ share = 0.05 }]")
        for (index, stage) in stages.enumerated() {
            let key = "stages[\(index)]"
            try require(isShare(stage.share), "\(key).share", "must be whole ten-thousandths inside (0, 1)")
            let most = 1 / Double(candidates + 1)
            try require(
                stage.share <= most, "\(key).share",
                "is \(stage.share), but \(candidates) candidates and their control fit only up to "
                    + "\((most * 10_000).rounded(.down) / 10_000) each: make it smaller, or try fewer at once"
            )
            try require(stage.minimumUnits >= 1, "\(key).minimum_units", "must be at least 1")
            try require(
                (0...RolloutPolicy.longest).contains(stage.minimumDuration), "\(key).minimum_duration",
                "must lie between 0 and \(RolloutPolicy.longest) s")
        }
        let shares = stages.map(\.share)
        try require(shares == shares.sorted(), "stages", "must not shrink: units would change arms")
        try require(
            holdback == 0 || isShare(holdback) && holdback <= shares.last!, "holdback",
            "must be whole ten-thousandths, 0 or no more than the last stage's share")
    }

    private func isShare(_ value: Double) -> Bool {
        let buckets = value * Double(Assignment.buckets)
        return value > 0 && value < 1 && abs(buckets - buckets.rounded()) < 1e-6
    }

    private func validateErrorRates() throws(RolloutPolicyError) {
        let rates = [
            ("alpha", alpha), ("error_budget.alpha", errorBudget.alpha), ("negligible", negligible),
            ("sample_ratio_alpha", sampleRatioAlpha),
        ]
        for (key, rate) in rates { try require(rate > 0 && rate <= 0.5, key, "must lie in (0, 0.5]") }
        try require((0..<1).contains(crossoverLimit), "crossover_limit", "must lie in [0, 1)")
    }

    /// No time is longer: a century.
    private static let longest: Int64 = 100 * 365 * 86_400

    private func validateTimes() throws(RolloutPolicyError) {
        let positive = [
            ("cluster", cluster), ("maximum_duration", maximumDuration), ("silence", silence),
            ("error_budget.period", errorBudget.period), ("shadow.interval", shadow.interval),
        ]
        for (key, seconds) in positive { try require(seconds > 0, key, "must be more than 0 s") }
        let times = [
            ("label_delay", labelDelay), ("minimum_duration", minimumDuration), ("baking", baking),
            ("holdback_for", holdbackDuration ?? baking),
        ]
        for (key, seconds) in times { try require(seconds >= 0, key, "must be at least 0 s") }
        for (key, seconds) in positive + times {
            try require(seconds <= RolloutPolicy.longest, key, "must be at most \(RolloutPolicy.longest) s")
        }
        try require(
            holdbackDuration.map { $0 >= baking && holdback > 0 } ?? true, "holdback_for",
            "must be at least baking, \(baking) s, of a holdback above 0")
        let shortest = max(minimumDuration, stages.reduce(Int64(0)) { $0 + $1.minimumDuration })
        try require(
            shortest <= maximumDuration, "maximum_duration",
            "must leave time for minimum_duration and for all stages: make it at least \(shortest) s")
    }

    private func validateEvidence() throws(RolloutPolicyError) {
        try require(clusters.harm >= 2, "clusters.harm", "must be at least 2")
        try require(
            clusters.favourable >= clusters.harm, "clusters.favourable", "must be at least clusters.harm")
        try require(clusters.tightest >= 1, "clusters.tightest", "must be at least 1")
        try require(shadow.minimumRows >= 1, "shadow.minimum_rows", "must be at least 1")
    }

    private func validateMetrics() throws(RolloutPolicyError) {
        try require(
            success.metric.isLoss, "success.metric",
            "is \(success.metric.rawValue), which is no loss: use one of "
                + RolloutMetric.allCases.filter(\.isLoss).map(\.rawValue).joined(separator: ", "))
        try require(isTolerance(success.margin), "success.margin", "must be a number, at least 0")
        try require(
            !hard.isEmpty, "hard",
            "must guard something: without it no error would roll back; "
                + "give at least one, like hard = { exception = 0.5 }")
        for metric in hard.keys.sorted() {
            try require(metric.isEvent, "hard.\(metric.rawValue)", "is no event: guard it in soft")
        }
        try require(soft[.positive] == nil, "soft.positive", "is of labels alone, for which no model answers")
        for (key, margins) in [("hard", hard), ("soft", soft)] {
            for (metric, margin) in margins.sorted(by: { $0.key < $1.key }) {
                try require(isTolerance(margin), "\(key).\(metric.rawValue)", "must be a number, at least 0")
            }
        }
        try require(floor?.isFinite ?? true, "floor", "must be a number")
        try require(isTolerance(latencyLimit ?? 0), "latency_limit_ms", "must be a number, at least 0")
        try require(
            latencyLimit != nil || hard[.slow] == nil && soft[.slow] == nil, "latency_limit_ms",
            "must say which answers are slow, since a guardrail counts them")
    }

    private func isTolerance(_ value: Double) -> Bool { value.isFinite && value >= 0 }

    private func require(_ holds: Bool, _ key: String, _ rule: String) throws(RolloutPolicyError) {
        guard holds else { throw RolloutPolicyError(key: key, rule: rule) }
    }
}

extension RolloutMetric: Comparable {
    package static func < (a: RolloutMetric, b: RolloutMetric) -> Bool { a.rawValue < b.rawValue }

    /// Whether less of it is better, and it is of labelled rows.
    package var isLoss: Bool { needsLabels && self != .bias && self != .positive }
}
