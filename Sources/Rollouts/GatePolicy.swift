package import Statistics

/// What a candidate must show before it may take rows from the champion. There is no default for what must hold: a
/// policy without a floor is an error, never a pass.
package struct GatePolicy: Codable, Equatable, Sendable {
    /// What a candidate must do better than the champion.
    package struct Success: Codable, Equatable, Sendable {
        package enum Goal: String, Codable, CaseIterable, Sendable {
            /// Better by more than the margin.
            case superior
            /// Worse by no more than the margin: where drift was the reason to train, holding on is enough.
            case nonInferior = "non_inferior"
        }

        package var metric: PerformanceMetric
        package var goal: Goal
        /// In the metric's own unit, at least 0.
        package var margin: Double

        package init(_ metric: PerformanceMetric, _ goal: Goal = .superior, margin: Double = 0) {
            (self.metric, self.goal, self.margin) = (metric, goal, margin)
        }

        /// Only `metric` must be there.
        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                try container.decode(PerformanceMetric.self, forKey: .metric),
                try container.decodeIfPresent(Goal.self, forKey: .goal) ?? .superior,
                margin: try container.decodeIfPresent(Double.self, forKey: .margin) ?? 0)
        }
    }

    /// Parts of the rows in which a candidate must do no harm.
    package struct Slices: Codable, Equatable, Sendable {
        /// Smaller slices are shown and not judged.
        package var minimumRows: Int
        /// By how much the success metric may be worse in a slice.
        package var margin: Double

        package init(minimumRows: Int = 500, margin: Double = 0) {
            (self.minimumRows, self.margin) = (minimumRows, margin)
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init()
            minimumRows = try container.decodeIfPresent(Int.self, forKey: .minimumRows) ?? minimumRows
            margin = try container.decodeIfPresent(Double.self, forKey: .margin) ?? margin
        }

        package enum CodingKeys: String, CodingKey {
            case margin
            case minimumRows = "minimum_rows"
        }
    }

    /// Least values of figures that are better when higher, largest values of losses. For every candidate, and all
    /// there is for the first model of a name.
    package var floors: [PerformanceMetric: Double]
    package var success: Success
    /// Figures that must not get worse, and by how much they may.
    package var guards: [PerformanceMetric: Double]
    package var slices: Slices
    /// How many retrainings of the champion's recipe under other seeds are asked for, to tell a better candidate from a
    /// luckier one; 0 asks for none.
    package var minimumRetrains: Int
    /// Below either the rows at hand decide nothing.
    package var minimumRows: Int
    package var minimumClusters: Int
    /// Of every interval.
    package var confidence: Double
    package var interval: BootstrapDistribution.Interval
    package var replicates: Int
    package var seed: UInt64

    package init(
        floors: [PerformanceMetric: Double], success: Success, guards: [PerformanceMetric: Double] = [:],
        slices: Slices = Slices(), minimumRetrains: Int = 0, minimumRows: Int = 500,
        minimumClusters: Int = 20, confidence: Double = 0.95,
        interval: BootstrapDistribution.Interval = .expandedPercentile, replicates: Int = 2000,
        seed: UInt64 = 1
    ) {
        (self.floors, self.success, self.guards, self.slices) = (floors, success, guards, slices)
        (self.minimumRetrains, self.minimumRows) = (minimumRetrains, minimumRows)
        (self.minimumClusters, self.confidence, self.interval) = (minimumClusters, confidence, interval)
        (self.replicates, self.seed) = (replicates, seed)
    }

    package enum CodingKeys: String, CodingKey {
        case floors, success, guards, slices, confidence, interval, replicates, seed
        case minimumRetrains = "minimum_retrains"
        case minimumRows = "minimum_rows"
        case minimumClusters = "minimum_clusters"
    }

    /// Only `floors` and `success` must be there.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            floors: try container.decode([PerformanceMetric: Double].self, forKey: .floors),
            success: try container.decode(Success.self, forKey: .success))
        func read<Value: Decodable>(_ key: CodingKeys, into value: inout Value) throws {
            value = try container.decodeIfPresent(Value.self, forKey: key) ?? value
        }
        try read(.guards, into: &guards)
        try read(.slices, into: &slices)
        try read(.minimumRetrains, into: &minimumRetrains)
        try read(.minimumRows, into: &minimumRows)
        try read(.minimumClusters, into: &minimumClusters)
        try read(.confidence, into: &confidence)
        try read(.interval, into: &interval)
        try read(.replicates, into: &replicates)
        try read(.seed, into: &seed)
    }

    private static let replicateLimits = 100...100_000

    /// The first thing that makes no sense, as an error.
    package func validate() throws(GateError) {
        guard !floors.isEmpty else { throw .noFloors }
        try require(floors.values.allSatisfy(\.isFinite), "floors", "must be finite numbers")
        try require(success.margin.isFinite && success.margin >= 0, "success.margin", "must be at least 0")
        try require(guards.values.allSatisfy { $0.isFinite && $0 >= 0 }, "guards", "must be at least 0")
        try require(slices.margin.isFinite && slices.margin >= 0, "slices.margin", "must be at least 0")
        try require(slices.minimumRows >= 2, "slices.minimum_rows", "must be at least 2")
        try require(
            minimumRetrains == 0 || minimumRetrains >= RetrainNoise.fewest, "minimum_retrains",
            "must be 0 or at least \(RetrainNoise.fewest)")
        try require(minimumRows >= 2, "minimum_rows", "must be at least 2")
        try require(minimumClusters >= 2, "minimum_clusters", "must be at least 2")
        try require(confidence >= 0.5 && confidence < 1, "confidence", "must lie in [0.5, 1)")
        let limits = GatePolicy.replicateLimits
        try require(
            limits.contains(replicates), "replicates",
            "must lie between \(limits.lowerBound) and \(limits.upperBound)")
    }

    private func require(_ holds: Bool, _ key: String, _ rule: String) throws(GateError) {
        guard holds else { throw .policy(key: key, rule: rule) }
    }

    /// Every metric that something depends on, with the key that names it.
    var decidingMetrics: [(key: String, metric: PerformanceMetric)] {
        floors.keys.map { ("floors", $0) } + [("success.metric", success.metric)]
            + guards.keys.map { ("guards", $0) }
    }
}
