package import Statistics

/// One feature's counts unpacked for arithmetic: what a pane, a block or a pool of blocks holds of it.
package struct FeatureSample: Sendable {
    package var counts: CellCounts
    package var profile: FeatureProfile

    package init(_ profile: FeatureProfile, cells: FeatureCells) {
        self.init([profile], cells: cells)
    }

    /// What several panes hold of the feature, as one.
    package init(_ profiles: [FeatureProfile], cells: FeatureCells) {
        var sums = [UInt64](repeating: 0, count: cells.cellCount)
        for profile in profiles { profile.cells.add(to: &sums) }
        counts = CellCounts(sums)
        profile = profiles.dropFirst().reduce(into: profiles[0]) { $0.addAllButCells(of: $1) }
    }

    /// Values that were counted into cells.
    package var valueCount: UInt64 { counts.total }

    static func += (a: inout FeatureSample, b: FeatureSample) {
        a.counts += b.counts
        a.profile.addAllButCells(of: b.profile)
    }

    /// What is left of a pool without one of its members.
    static func - (pool: FeatureSample, member: FeatureSample) -> FeatureSample {
        var rest = pool
        rest.counts -= member.counts
        rest.profile.rows -= member.profile.rows
        rest.profile.missing -= member.profile.missing
        rest.profile.notANumber -= member.profile.notANumber
        rest.profile.negativeInfinity -= member.profile.negativeInfinity
        rest.profile.positiveInfinity -= member.profile.positiveInfinity
        rest.profile.belowSteps -= member.profile.belowSteps
        rest.profile.aboveSteps -= member.profile.aboveSteps
        return rest
    }

    package var missingCount: UInt64 { profile.missingCount }

    /// The finite values' distance in the feature's own unit.
    package func wasserstein(to other: FeatureSample, _ cells: NumericCells) -> Wasserstein? {
        Wasserstein(wassersteinSample(cells), other.wassersteinSample(cells), knots: cells.knots)
    }

    private func wassersteinSample(_ cells: NumericCells) -> Wasserstein.Sample {
        profile.wassersteinSample(CumulativeCounts(counts), cells)
    }
}
