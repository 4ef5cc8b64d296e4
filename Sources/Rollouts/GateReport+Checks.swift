import Statistics

extension GateReport {
    /// Any broken check fails; without one, any undecided check leaves the verdict open. Of too few rows nothing
    /// follows, not even harm.
    mutating func conclude() {
        let isTooSmall = checks.contains { $0.kind == .size && $0.outcome != .holds }
        let broken = isTooSmall ? [] : checks.filter { $0.outcome == .broken }
        let undecided = checks.filter { $0.outcome == .undecided && (!isTooSmall || $0.kind == .size) }
        verdict = !broken.isEmpty ? .fail : !undecided.isEmpty ? .inconclusive : .pass
        let decisive = !broken.isEmpty ? broken : !undecided.isEmpty ? undecided : checks
        reasons = decisive.map(\.reason)
    }

    var sizeChecks: [Check] {
        [("rows", rows, policy.minimumRows), ("clusters", clusters, policy.minimumClusters)].map {
            what, found, least in
            Check(
                kind: .size, metric: nil, slice: nil, outcome: found >= least ? .holds : .undecided,
                reason: found >= least
                    ? "the holdout has \(found) \(what), and needs \(least)"
                    : "the holdout has \(found) \(what) and needs \(least): choose a longer one")
        }
    }

    var floorChecks: [Check] {
        policy.floors.inOrder.map { metric, floor in
            let measure = measures[metric]
            let margin = measure?.candidate.map { Advantage($0, over: floor, metric) }
            let champion = measure?.champion.flatMap { champion in
                Advantage(champion, over: floor, metric).value < 0 ? champion.value : nil
            }
            let outcome = margin?.atLeast(0) ?? .undecided
            let words = outcome.words("clears", "misses", "may or may not clear")
            let also = champion.map { "; the champion's \(figure($0)) misses it too" } ?? ""
            return check(
                .floor, metric, outcome, measure?.candidate,
                { "the candidate's \($0) \(words) the floor \(figure(floor))\(also)" })
        }
    }

    var successCheck: Check {
        let (metric, margin) = (policy.success.metric, policy.success.margin)
        let difference = measures[metric]?.difference
        let advantage = difference.map { Advantage($0, metric) }
        switch policy.success.goal {
        case .superior:
            let outcome = advantage?.moreThan(margin) ?? .undecided
            let words = outcome.words("beats", "does not beat", "is not shown to beat")
            return check(.success, metric, outcome, difference) {
                "the candidate \(words) the champion by more than \(figure(margin)): it differs by \($0)"
            }
        case .nonInferior:
            let outcome = advantage?.atLeast(-margin) ?? .undecided
            return check(.success, metric, outcome, difference) { notWorse(outcome, margin, $0) }
        }
    }

    var guardChecks: [Check] {
        policy.guards.inOrder.map { metric, margin in
            let difference = measures[metric]?.difference
            let outcome = difference.map { Advantage($0, metric).atLeast(-margin) } ?? .undecided
            return check(.guard, metric, outcome, difference) { notWorse(outcome, margin, $0) }
        }
    }

    private func notWorse(_ outcome: Check.Outcome, _ margin: Double, _ difference: String) -> String {
        let words = outcome.words("is no", "is", "may be")
        return "the candidate \(words) worse than the champion by more than \(figure(margin)): "
            + "it differs by \(difference)"
    }

    /// An advantage that another seed could have brought as well shows nothing of the new recipe or rows.
    var noiseChecks: [Check] {
        guard policy.minimumRetrains > 0 || retrainNoise != nil, policy.success.goal == .superior else {
            return []
        }
        let metric = policy.success.metric
        guard let noise = retrainNoise, noise.values.count >= policy.minimumRetrains,
            let difference = measures[metric]?.difference
        else {
            let found = retrainNoise?.values.count ?? 0
            let reason =
                "\(metric.rawValue): \(found) retrainings of the champion's recipe, and the policy asks for "
                + "\(policy.minimumRetrains): train it with other seeds"
            return [
                Check(kind: .retrainNoise, metric: metric, slice: nil, outcome: .undecided, reason: reason)
            ]
        }
        let isMore = Advantage(difference, metric).value > noise.spread
        let words = isMore ? "more" : "no more"
        return [
            check(.retrainNoise, metric, isMore ? .holds : .undecided, difference) {
                "the candidate differs from the champion by \($0), \(words) than retraining the champion's recipe "
                    + "with another seed does (\(figure(noise.spread))"
                    + (isMore ? ")" : "): this is retrain noise")
            }
        ]
    }

    /// A slice stops a candidate that surely harms it; that it may be harmed stops nothing, or small slices would
    /// stop every candidate.
    var sliceChecks: [Check] {
        slices.filter(\.isJudged).map { slice in
            let (metric, margin) = (policy.success.metric, policy.slices.margin)
            let difference = slice.measure?.difference
            let outcome = difference.map { Advantage($0, metric).atLeast(-margin) } ?? .undecided
            let isHarmed = outcome == .broken
            var finding = check(.slice, metric, isHarmed ? .broken : .holds, difference) {
                "in \(slice.name) (\(slice.rows) rows) the candidate \(isHarmed ? "is" : "is not shown to be") "
                    + "worse than the champion by more than \(figure(margin)): it differs by \($0)"
            }
            finding.slice = slice.name
            return finding
        }
    }

    private func check(
        _ kind: Check.Kind, _ metric: PerformanceMetric, _ outcome: Check.Outcome,
        _ estimate: IntervalEstimate?, _ sentence: (_ estimate: String) -> String
    ) -> Check {
        let text = estimate.map { sentence(words($0)) } ?? "it is undefined on these rows"
        return Check(
            kind: kind, metric: metric, slice: nil, outcome: outcome, reason: "\(metric.rawValue): \(text)")
    }
}

/// A difference turned so that more is better.
private struct Advantage {
    let value: Double
    private let lower: Double?
    private let upper: Double?

    init(_ difference: IntervalEstimate, _ metric: PerformanceMetric) {
        if metric.higherIsBetter {
            (value, lower, upper) = (difference.value, difference.lower, difference.upper)
        } else {
            (value, lower, upper) = (-difference.value, difference.upper.map(-), difference.lower.map(-))
        }
    }

    init(_ figure: IntervalEstimate, over floor: Double, _ metric: PerformanceMetric) {
        self.init(
            IntervalEstimate(
                figure.value - floor, lower: figure.lower.map { $0 - floor },
                upper: figure.upper.map { $0 - floor }), metric)
    }

    func atLeast(_ least: Double) -> GateReport.Check.Outcome {
        guard let lower, let upper else { return .undecided }
        return lower >= least ? .holds : upper < least ? .broken : .undecided
    }

    func moreThan(_ most: Double) -> GateReport.Check.Outcome {
        guard let lower, let upper else { return .undecided }
        return lower > most ? .holds : upper <= most ? .broken : .undecided
    }
}

extension GateReport.Check.Outcome {
    fileprivate func words(_ holds: String, _ broken: String, _ undecided: String) -> String {
        switch self {
        case .holds: holds
        case .broken: broken
        case .undecided: undecided
        }
    }
}

extension [PerformanceMetric: Double] {
    fileprivate var inOrder: [(key: PerformanceMetric, value: Double)] {
        sorted { $0.key.rawValue < $1.key.rawValue }
    }
}

private func words(_ estimate: IntervalEstimate) -> String {
    guard let lower = estimate.lower, let upper = estimate.upper else { return figure(estimate.value) }
    return "\(figure(estimate.value)) (\(figure(lower)) to \(figure(upper)))"
}

/// To four decimals.
private func figure(_ number: Double) -> String {
    let rounded = (number * 1e4).rounded() / 1e4
    return rounded == 0 ? "0" : "\(rounded)"
}
