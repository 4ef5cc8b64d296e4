package import Statistics

/// How often a configuration would have alarmed on its own reference, where nothing has drifted.
///
/// *Forward* judges the last third of the blocks by the first two thirds, as time will; *shuffled* does the
/// same with the blocks in random order. Shuffled stays in budget by construction; forward shows whether the
/// reference itself is stationary. (Leave-one-out would return the level whatever the data.)
package struct SelfTest: Equatable, Sendable {
    package struct Rate: Equatable, Sendable {
        package var alarms = 0
        package var windows = 0

        package init() {}

        package var share: Double { windows == 0 ? 0 : Double(alarms) / Double(windows) }
        package var interval: BinomialInterval { BinomialInterval(successes: alarms, trials: windows) }
    }

    package var forward: Rate
    package var shuffled: Rate
    /// Windows a week; `nil` where windows are rows and the reference has no times.
    package var windowsPerWeek: Double?

    static let shuffles = 20

    /// - Returns: `nil` when the reference has fewer than 6 blocks.
    package init?(reference: Reference, plan: WindowPlan, settings: DriftSettings) {
        guard let blocks = reference.blocks, blocks.blocks.count >= 6 else { return nil }
        let trial = BlockTrial(reference: reference, plan: plan, settings: settings)
        let cut = blocks.blocks.count * 2 / 3
        forward = trial.judge(Array(blocks.blocks[cut...]), by: Array(blocks.blocks[..<cut]))
        shuffled = Rate()
        var random = SplitMix64(state: 2013)
        for _ in 0..<SelfTest.shuffles {
            let order = blocks.blocks.shuffled(using: &random)
            let rate = trial.judge(Array(order[cut...]), by: Array(order[..<cut]))
            shuffled.alarms += rate.alarms
            shuffled.windows += rate.windows
        }
        windowsPerWeek = reference.interval(between: plan).map { 7 * 86_400e9 / $0 }
    }

    /// Forward alarms more than twice as often as shuffled: the reference drifts within itself.
    package var isStationary: Bool {
        forward.share <= 2 * max(shuffled.share, 1 / Double(max(1, forward.windows)))
    }
}

extension SelfTest: CustomStringConvertible {
    package var description: String {
        let verdict =
            isStationary
            ? "" : "; reference not stationary: take a longer reference, or one that matches the season"
        return "on its own reference this configuration would have fired \(perWeek(forward)) forward, "
            + "\(perWeek(shuffled)) shuffled\(verdict)"
    }

    private func perWeek(_ rate: Rate) -> String {
        let interval = rate.interval
        let share =
            "\(rate.alarms) of \(rate.windows) windows; 95 %: \(percent(interval.low))–\(percent(interval.high)) %"
        guard let windowsPerWeek else { return share }
        return "\(rounded(rate.share * windowsPerWeek, decimals: 2)) times a week (\(share))"
    }

    private func percent(_ share: Double) -> String { rounded(share * 100, decimals: 0) }
}

/// Judges some blocks of a reference by others.
package struct BlockTrial {
    private let reference: Reference
    private let plan: WindowPlan
    private let settings: DriftSettings

    package init(reference: Reference, plan: WindowPlan, settings: DriftSettings) {
        (self.reference, self.plan, self.settings) = (reference, plan, settings)
    }

    package func judge(
        _ windows: [ReferenceBlocks.Block], by blocks: [ReferenceBlocks.Block]
    ) -> SelfTest.Rate {
        var rate = SelfTest.Rate()
        let part = reference.restricted(to: blocks)
        guard
            let judge = try? WindowJudge(reference: part, plan: plan, settings: attainable(blocks.count))
        else { return rate }
        let comparisons = part.comparisons
        for window in windows {
            let samples = zip(window.profile.features, reference.cells).map { FeatureSample($0, cells: $1) }
            let reports = zip(comparisons, samples).map { $0.report($1, effects: settings.effects) }
            rate.windows += 1
            if judge.judge(samples, reports).isDrift {
                rate.alarms += 1
            }
        }
        return rate
    }

    /// The whole reference's level (its blocks in another order no longer say how fast rows come), or, since two
    /// thirds of the blocks may not support it, the nearest one.
    private func attainable(_ blocks: Int) -> DriftSettings {
        var settings = settings
        if let level = settings.budget.level(interval: reference.interval(between: plan)) {
            settings.budget =
                FalseAlarmBudget.blocksNeeded(level: level) > blocks
                ? .perWindows(count: 1, windows: blocks + 1) : .perWindows(count: level, windows: 1)
        }
        return settings
    }
}

extension Reference {
    /// The same cells with the counts of some blocks only.
    package func restricted(to blocks: [ReferenceBlocks.Block]) -> Reference {
        var part = self
        part.profile = Profile(of: self)
        for block in blocks { part.profile.merge(block.profile) }
        part.blocks?.blocks = blocks
        part.features = zip(features, part.profile.features).map { feature, profile in
            ReferenceFeature(
                feature: feature.feature, cells: feature.cells,
                counts: profile.cells.unpacked(cellCount: feature.cells.cellCount))
        }
        return part
    }

    /// One comparison a feature, against all of the reference's rows.
    package var comparisons: [FeatureComparison] {
        zip(features, profile.features).map { feature, profile in
            FeatureComparison(feature, reference: FeatureSample(profile, cells: feature.cells))
        }
    }
}
