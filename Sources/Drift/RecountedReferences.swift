import Statistics

/// The rows of two references, counted over the same cells: numbers over the knots of both, categories over those
/// of the first.
struct RecountedReferences {
    let features: [ReferenceFeature]
    let reference: Profile
    let current: Profile
    /// Features that the first does not have.
    let unknown: [String]

    init(_ reference: Reference, _ current: Reference) {
        let places = Dictionary(
            current.features.enumerated().map { ($1.feature, $0) }, uniquingKeysWith: { first, _ in first })
        var (features, own, others): ([ReferenceFeature], [FeatureProfile], [FeatureProfile]) = ([], [], [])
        for (feature, profile) in zip(reference.features, reference.profile.features) {
            let place = places[feature.feature]
            let cells = feature.cells.joined(with: place.map { current.features[$0].cells })
            let counted = profile.recounted(from: feature.cells, over: cells)
            own.append(counted)
            others.append(
                place.map {
                    current.profile.features[$0].recounted(from: current.features[$0].cells, over: cells)
                } ?? FeatureProfile(allMissing: current.profile.rows))
            features.append(
                ReferenceFeature(
                    feature: feature.feature, cells: cells,
                    counts: counted.cells.unpacked(cellCount: cells.cellCount)))
        }
        self.features = features
        self.reference = reference.profile.with(own)
        self.current = current.profile.with(others)
        let known = Set(reference.features.map(\.feature))
        unknown = current.features.map(\.feature).filter { !known.contains($0) }.map(\.name)
    }
}

extension Profile {
    fileprivate func with(_ features: [FeatureProfile]) -> Profile {
        var profile = self
        profile.features = features
        return profile
    }
}

extension FeatureProfile {
    fileprivate init(allMissing rows: UInt64) {
        self.init()
        (self.rows, missing) = (rows, rows)
    }

    fileprivate func recounted(from own: FeatureCells, over cells: FeatureCells) -> FeatureProfile {
        let counts = self.cells.unpacked(cellCount: own.cellCount).cells
        var recounted = self
        switch (own, cells) {
        case (.numeric(let own), .numeric(let cells)):
            recounted.cells = PackedCounts(CellCounts(cells.knots.recounting(counts, over: own.knots)))
        case (.categorical(let own), .categorical(let cells)):
            recounted.cells = PackedCounts(CellCounts(cells.recounting(counts, over: own)))
        default: preconditionFailure("a feature is a number on both sides, or on neither")
        }
        return recounted
    }
}

extension FeatureCells {
    /// Numbers have the knots of both, in the first's scale; categories are the first's.
    fileprivate func joined(with other: FeatureCells?) -> FeatureCells {
        guard case .numeric(let cells) = self, case .numeric(let others)? = other else { return self }
        return .numeric(
            NumericCells(
                knots: Knots(distinct: Array(cells.knots.values) + Array(others.knots.values)),
                scale: cells.scale))
    }
}

// MARK: - Numbers

extension Knots {
    /// Counts over the cells of `coarse`, whose knots are all among these, as counts over these.
    fileprivate func recounting(_ counts: [UInt64], over coarse: Knots) -> [UInt64] {
        var recounted = [UInt64](repeating: 0, count: cellCount)
        let places = coarse.values.map { cell(of: $0) / 2 }
        for (cell, count) in counts.enumerated() where count > 0 {
            let next = cell / 2
            if cell.isMultiple(of: 2) {
                let start = next > 0 ? places[next - 1] + 1 : 0
                spread(count, over: start...(next < places.count ? places[next] : self.count), of: &recounted)
            } else {
                recounted[2 * places[next] + 1] += count
            }
        }
        return recounted
    }

    /// Puts values into the open cells in front of some knots, and in front of infinity behind the last one, by the
    /// cells' widths.
    private func spread(_ count: UInt64, over open: ClosedRange<Int>, of cells: inout [UInt64]) {
        let lower = open.lowerBound > 0 ? self[open.lowerBound - 1] : -.infinity
        let upper = open.upperBound < self.count ? self[open.upperBound] : .infinity
        guard (upper - lower).isFinite else {
            // Where one side has no end, all lies at the other.
            cells[2 * (lower.isFinite ? open.lowerBound : open.upperBound)] += count
            return
        }
        var before: UInt64 = 0
        for knot in open {
            let share = (self[knot] - lower) / (upper - lower)
            let until = knot == open.upperBound ? count : UInt64((Double(count) * share).rounded())
            cells[2 * knot] += until - before
            before = until
        }
    }
}

// MARK: - Categories

extension CategoryCells {
    /// Categories that the other keeps are told by name. Of those that it folded the share is known here that was
    /// folded here too, or has a name.
    fileprivate func recounting(_ counts: [UInt64], over other: CategoryCells) -> [UInt64] {
        var recounted = [UInt64](repeating: 0, count: cellCount)
        for (category, count) in zip(other.categories, counts) { recounted[cell(of: category)] += count }
        let folded = counts[other.otherCell]
        let known = Double(folded) * shareKnown(of: other.foldedHashes)
        recounted[otherCell] += UInt64(known.rounded())
        recounted[unseenCell] += folded - UInt64(known.rounded()) + counts[other.unseenCell]
        return recounted
    }

    private func shareKnown(of hashes: [UInt64]) -> Double {
        guard !hashes.isEmpty else { return 0 }
        let known = Set(foldedHashes).union(categories.map { stableHash(Array($0.utf8).span) })
        return Double(hashes.count { known.contains($0) }) / Double(hashes.count)
    }
}
