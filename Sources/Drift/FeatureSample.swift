package import Statistics

/// One feature's counts unpacked for arithmetic: what a pane, a block or a pool of blocks holds of it.
package struct FeatureSample: Sendable {
    package var counts: CellCounts
    package var profile: FeatureProfile

    package init(_ profile: FeatureProfile, cells: FeatureCells) {
        counts = profile.cells.unpacked(cellCount: cells.cellCount)
        self.profile = profile
    }

    /// Values that were counted into cells.
    package var valueCount: UInt64 { counts.total }

    static func += (a: inout FeatureSample, b: FeatureSample) {
        a.counts += b.counts
        a.profile.rows += b.profile.rows
        a.profile.missing += b.profile.missing
        a.profile.notANumber += b.profile.notANumber
        a.profile.negativeInfinity += b.profile.negativeInfinity
        a.profile.positiveInfinity += b.profile.positiveInfinity
        a.profile.belowSteps = a.profile.belowSteps.addingSaturated(b.profile.belowSteps)
        a.profile.aboveSteps = a.profile.aboveSteps.addingSaturated(b.profile.aboveSteps)
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

    /// No value where there should be one: absent, not a number, or of another type.
    package var missingRate: Double {
        profile.rows == 0 ? 0 : Double(missingCount) / Double(profile.rows)
    }

    package var missingCount: UInt64 { profile.missing + profile.notANumber }

    /// The finite values' distance in the feature's own unit.
    package func wasserstein(to other: FeatureSample, _ cells: NumericCells) -> Wasserstein? {
        Wasserstein(
            profile.wassersteinSample(counts, cells), other.profile.wassersteinSample(other.counts, cells),
            knots: cells.knots)
    }

    /// Values below the smallest or above the largest of the other sample, as far as its cells tell.
    func countOutside(rangeOf other: FeatureSample) -> UInt64 {
        let filled = other.counts.cells
        guard let first = filled.firstIndex(where: { $0 > 0 }), let last = filled.lastIndex(where: { $0 > 0 })
        else { return 0 }
        return counts.cells[..<first].reduce(0, +) + counts.cells[(last + 1)...].reduce(0, +)
    }
}
