extension RolloutPolicy {
    /// A step of the ramp.
    package struct Stage: Codable, Equatable, Sendable {
        /// Of each candidate, and as much again of the control.
        package var share: Double
        /// In each arm, new ones in this step.
        package var minimumUnits: Int
        /// In seconds.
        package var minimumDuration: Int64

        package init(share: Double, minimumUnits: Int = 1000, minimumDuration: Int64 = 86_400) {
            (self.share, self.minimumUnits, self.minimumDuration) = (share, minimumUnits, minimumDuration)
        }

        package static let ramp = [Stage(share: 0.05), Stage(share: 0.25), Stage(share: 0.5)]

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case share
            case minimumUnits = "minimum_units"
            case minimumDuration = "minimum_duration"
        }

        package init(from decoder: any Decoder) throws {
            let reader = try DefaultedReader<CodingKeys>(decoder)
            self.init(share: .nan)
            try reader.read(.share, into: &share)
            try reader.read(.minimumUnits, into: &minimumUnits)
            try reader.read(.minimumDuration, into: &minimumDuration)
        }
    }

    /// Scoring the candidate beside the champion before it serves anyone.
    package struct Shadow: Codable, Equatable, Sendable {
        package var isOn: Bool
        /// With labels, of clusters that are over.
        package var minimumRows: Int
        /// In seconds: how often an agent is asked for the rows that it has by now.
        package var interval: Int64

        package init(isOn: Bool = false, minimumRows: Int = 500, interval: Int64 = 3600) {
            (self.isOn, self.minimumRows, self.interval) = (isOn, minimumRows, interval)
        }

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case interval
            case isOn = "on"
            case minimumRows = "minimum_rows"
        }

        package init(from decoder: any Decoder) throws {
            let reader = try DefaultedReader<CodingKeys>(decoder)
            self.init()
            try reader.read(.isOn, into: &isOn)
            try reader.read(.minimumRows, into: &minimumRows)
            try reader.read(.interval, into: &interval)
        }
    }

    /// How many clusters a finding about losses needs.
    package struct ClusterCounts: Codable, Equatable, Sendable {
        /// For a favourable verdict.
        package var favourable: Int
        /// For harm, and for a bound of a guardrail.
        package var harm: Int
        /// At which intervals are to be tightest.
        package var tightest: Int

        package init(favourable: Int = 20, harm: Int = 10, tightest: Int = 60) {
            (self.favourable, self.harm, self.tightest) = (favourable, harm, tightest)
        }

        package enum CodingKeys: String, CodingKey, CaseIterable { case favourable, harm, tightest }

        package init(from decoder: any Decoder) throws {
            let reader = try DefaultedReader<CodingKeys>(decoder)
            self.init()
            try reader.read(.favourable, into: &favourable)
            try reader.read(.harm, into: &harm)
            try reader.read(.tightest, into: &tightest)
        }
    }

    /// What a candidate must show in service.
    package struct Success: Codable, Equatable, Sendable {
        /// A loss.
        package var metric: RolloutMetric
        package var goal: GatePolicy.Success.Goal
        /// In the metric's own unit, at least 0.
        package var margin: Double

        package init(
            _ metric: RolloutMetric, _ goal: GatePolicy.Success.Goal = .superior, margin: Double = 0
        ) {
            (self.metric, self.goal, self.margin) = (metric, goal, margin)
        }

        package enum CodingKeys: String, CodingKey, CaseIterable { case metric, goal, margin }

        package init(from decoder: any Decoder) throws {
            let reader = try DefaultedReader<CodingKeys>(decoder)
            self.init(.logLoss)
            try reader.read(.metric, into: &metric)
            try reader.read(.goal, into: &goal)
            try reader.read(.margin, into: &margin)
        }

        /// The mean difference of losses beyond which a candidate does harm.
        var harm: Double { goal == .superior ? 0 : margin }
        /// The mean difference below which a candidate is better.
        var gain: Double { goal == .superior ? -margin : 0 }
    }

    /// The chance of a false promotion that all rollouts of a model within a period share.
    package struct ErrorBudget: Codable, Equatable, Sendable {
        package var alpha: Double
        /// In seconds.
        package var period: Int64

        package init(alpha: Double = 0.05, period: Int64 = 365 * 86_400) {
            (self.alpha, self.period) = (alpha, period)
        }

        package enum CodingKeys: String, CodingKey, CaseIterable { case alpha, period }

        package init(from decoder: any Decoder) throws {
            let reader = try DefaultedReader<CodingKeys>(decoder)
            self.init()
            try reader.read(.alpha, into: &alpha)
            try reader.read(.period, into: &period)
        }

        /// What the `rank`th rollout of a period may spend, counted from 1: 6α/(π²rank²), which sum to α however many
        /// there are. D. S. Robertson, J. M. S. Wason and A. Ramdas, "Online multiple hypothesis testing for reproducible
        /// research", Statistical Science 38, 2023, on α-spending.
        ///
        /// - Precondition: `rank` ≥ 1.
        package func share(rank: Int) -> Double {
            precondition(rank >= 1, "the first rollout has rank 1, not \(rank)")
            return 6 * alpha / (.pi * .pi * Double(rank) * Double(rank))
        }
    }

    package enum OnInconclusive: String, Codable, CaseIterable, Sendable {
        /// Leave the shares as they are, and ask a person.
        case hold
        /// Give the units back to the champion.
        case revert
    }

    package enum ApprovalStep: String, Codable, CaseIterable, Sendable {
        /// The first unit that a candidate serves.
        case serving
        /// Each larger share.
        case stage
        case promotion
    }
}
