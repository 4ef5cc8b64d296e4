extension RolloutPolicy {
    /// The arms' shares in a step.
    ///
    /// - Parameter isLive: of each candidate; one that has left has no share, the champion serves its units.
    package func shares(inStep step: Int, isLive: [Bool]) -> Shares {
        RolloutPolicy.shares(stages[step].share, isLive)
    }

    /// The largest shares that the arms will ever have.
    package func lanes(candidates: Int) -> Shares {
        shares(inStep: stages.count - 1, isLive: [Bool](repeating: true, count: candidates))
    }

    /// After the promotion of one candidate.
    func holdbackShares(isLive: [Bool]) -> Shares { RolloutPolicy.shares(holdback, isLive) }

    private static func shares(_ share: Double, _ isLive: [Bool]) -> Shares {
        guard let shares = try? Shares(control: share, candidates: isLive.map { $0 ? share : 0 }) else {
            preconditionFailure("shares of \(share) in a policy that was validated")
        }
        return shares
    }

    /// What is compared.
    package var metrics: [RolloutMetric] {
        Set(hard.keys).union(soft.keys).union([success.metric]).sorted()
    }

    /// What agents are to report.
    package var reported: [RolloutMetric] { (metrics + [.positive]).sorted() }

    /// Metrics that are compared by the mean of each cluster, in no order.
    var clusteredMetrics: [RolloutMetric] {
        let guarded = soft.keys.filter { !$0.isEvent && $0 != success.metric }
        return guarded + [success.metric]
    }
}
