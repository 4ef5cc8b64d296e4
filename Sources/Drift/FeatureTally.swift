import Statistics

/// Counts one feature's values as they arrive, in 32 bits a cell. Owned by one thread.
package struct FeatureTally: Sendable {
    let cells: FeatureCells
    private var counts: [UInt32]
    /// Rows in `counts`: before they could overflow a cell, `counts` moves over to the profile.
    private var rowsInCounts = 0
    private var profile = FeatureProfile()
    /// Numbers that are counted only once there are many: a search finds its feature's knots in the processor's
    /// cache then, and not what the features before it left there.
    private var waiting: [Double] = []

    private static let enoughToCount = 4096
    /// Few values lie beyond the knots, or are infinite: only the blocks that have one are searched for them.
    private static let blockLength = 512

    package init(cells: FeatureCells) {
        self.cells = cells
        counts = Array(repeating: 0, count: cells.cellCount)
    }

    package var rows: UInt64 { profile.rows }

    /// What has been counted so far.
    package var result: FeatureProfile {
        var settled = self
        settled.countWaiting()
        settled.profile.cells = settled.profile.cells.merged(with: PackedCounts(cells: settled.counts.span))
        return settled.profile
    }

    /// Goes on from where `result` was taken.
    package init(cells: FeatureCells, resuming profile: FeatureProfile) {
        self.init(cells: cells)
        self.profile = profile
    }

    /// Counts rows of a column.
    package mutating func add(_ column: borrowing Column, rows: Range<Int>) {
        makeRoom(for: rows.count)
        profile.rows += UInt64(rows.count)
        switch cells {
        case .numeric: addNumbers(column, rows)
        case .categorical(let cells): addCategories(column, rows, cells)
        }
    }

    /// Counts rows of a batch that lacks the column.
    package mutating func addMissing(rows: Int) {
        profile.rows += UInt64(rows)
        profile.missing += UInt64(rows)
    }
}

extension FeatureTally {
    private mutating func makeRoom(for rows: Int) {
        if rowsInCounts + rows > Int(UInt32.max) {
            countWaiting()
            profile.cells = profile.cells.merged(with: PackedCounts(cells: counts.span))
            counts = Array(repeating: 0, count: counts.count)
            rowsInCounts = 0
        }
        rowsInCounts += rows
    }
}

// MARK: - Numbers

extension FeatureTally {
    private mutating func addNumbers(_ column: borrowing Column, _ rows: Range<Int>) {
        switch column.values {
        case .real(let values) where column.missing.isEmpty:
            add(values.span.extracting(rows))
        case .real(let values): gather(column, rows) { values[$0] }
        case .integer(let values) where column.datatype == .uint64:
            gather(column, rows) { Double(UInt64(bitPattern: values[$0])) }
        case .integer(let values): gather(column, rows) { Double(values[$0]) }
        case .text:
            let present = rows.count { column.missing.isEmpty || !column.missing[$0] }
            profile.missing += UInt64(rows.count)
            profile.mistyped += UInt64(present)
        }
        if waiting.count >= FeatureTally.enoughToCount { countWaiting() }
    }

    private mutating func add(_ values: Span<Double>) {
        guard case .numeric(let cells) = cells, waiting.isEmpty, values.count >= FeatureTally.enoughToCount
        else { return waiting.append(copying: values) }
        count(values, cells)
    }

    private mutating func gather(_ column: borrowing Column, _ rows: Range<Int>, _ value: (Int) -> Double) {
        let before = waiting.count
        for row in rows where column.missing.isEmpty || !column.missing[row] { waiting.append(value(row)) }
        profile.missing += UInt64(rows.count - (waiting.count - before))
    }

    private mutating func countWaiting() {
        guard case .numeric(let cells) = cells, !waiting.isEmpty else { return }
        var values: [Double] = []
        swap(&values, &waiting)
        count(values.span, cells)
        values.removeAll(keepingCapacity: true)
        swap(&values, &waiting)
    }

    private mutating func count(_ values: Span<Double>, _ cells: NumericCells) {
        cells.knots.count(values, into: &counts)
        let range = cells.knots.finiteRange
        var start = 0
        while start < values.count {
            let end = min(start + FeatureTally.blockLength, values.count)
            measureExtent(values.extracting(start..<end), cells, range)
            start = end
        }
    }

    private mutating func measureExtent(
        _ values: Span<Double>, _ cells: NumericCells, _ range: ClosedRange<Double>?
    ) {
        let extent = Extent(of: values)
        counts[0] -= UInt32(extent.notANumber)
        profile.notANumber += UInt64(extent.notANumber)
        if extent.hasInfinity { countInfinities(values) }
        if extent.minimum <= extent.maximum { widen(extent) }
        if let range, extent.minimum < range.lowerBound || extent.maximum > range.upperBound {
            measureTails(values, cells, range)
        }
    }

    private mutating func countInfinities(_ values: Span<Double>) {
        for i in values.indices where values[i].isInfinite {
            if values[i] < 0 { profile.negativeInfinity += 1 } else { profile.positiveInfinity += 1 }
        }
    }

    private mutating func widen(_ extent: Extent) {
        profile.minimum = min(profile.minimum ?? extent.minimum, extent.minimum)
        profile.maximum = max(profile.maximum ?? extent.maximum, extent.maximum)
    }

    private mutating func measureTails(
        _ values: Span<Double>, _ cells: NumericCells, _ range: ClosedRange<Double>
    ) {
        let step = cells.tailStep
        func steps(_ distance: Double) -> UInt64 {
            UInt64(min(distance / step, NumericCells.tailRanges * NumericCells.stepsPerRange).rounded())
        }
        for i in values.indices {
            let value = values[i]
            if value < range.lowerBound, value > -.infinity {
                profile.belowSteps = profile.belowSteps.addingSaturated(steps(range.lowerBound - value))
            } else if value > range.upperBound, value < .infinity {
                profile.aboveSteps = profile.aboveSteps.addingSaturated(steps(value - range.upperBound))
            }
        }
    }
}

extension [Double] {
    fileprivate mutating func append(copying values: Span<Double>) {
        unsafe values.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

/// The finite extent of some values, and what is not finite among them.
private struct Extent {
    private(set) var minimum: Double
    private(set) var maximum: Double
    let notANumber: Int
    let hasInfinity: Bool

    init(of values: Span<Double>) {
        (minimum, maximum, notANumber) = extremes(values)
        hasInfinity = minimum == -.infinity || maximum == .infinity
        if hasInfinity { keepFinite(values) }
    }

    private mutating func keepFinite(_ values: Span<Double>) {
        (minimum, maximum) = (.infinity, -.infinity)
        for i in values.indices where values[i].isFinite {
            minimum = min(minimum, values[i])
            maximum = max(maximum, values[i])
        }
    }
}

/// The smallest and the largest value, and how many are not a number; four lanes side by side.
private func extremes(_ values: Span<Double>) -> (minimum: Double, maximum: Double, notANumber: Int) {
    var low = SIMD4<Double>(repeating: .infinity)
    var high = SIMD4<Double>(repeating: -.infinity)
    var unordered = SIMD4<Int64>()
    var next = 0
    while next &+ 4 <= values.count {
        let lanes = SIMD4(values[next], values[next &+ 1], values[next &+ 2], values[next &+ 3])
        low.replace(with: lanes, where: lanes .< low)
        high.replace(with: lanes, where: lanes .> high)
        unordered.replace(with: unordered &+ 1, where: lanes .!= lanes)
        next &+= 4
    }
    var (minimum, maximum, notANumber) = (low.min(), high.max(), Int(unordered.wrappedSum()))
    while next < values.count {
        minimum = values[next] < minimum ? values[next] : minimum
        maximum = values[next] > maximum ? values[next] : maximum
        notANumber &+= values[next].isNaN ? 1 : 0
        next &+= 1
    }
    return (minimum, maximum, notANumber)
}

// MARK: - Categories

extension FeatureTally {
    private mutating func addCategories(_ column: Column, _ rows: Range<Int>, _ cells: CategoryCells) {
        for row in rows {
            if !column.missing.isEmpty && column.missing[row] {
                profile.missing += 1
            } else if let cell = cells.cell(ofRow: row, in: column) {
                counts[cell] += 1
            } else {
                profile.notANumber += 1
            }
        }
    }
}

extension CategoryCells {
    /// The cell of a row's value; `nil` for NaN. Numbers are categories by their shortest decimal form, whole
    /// ones without a fraction; truth values by `true` and `false`.
    func cell(ofRow row: Int, in column: Column) -> Int? {
        switch column.values {
        case .text(let texts): cell(of: texts.bytes.span.extracting(texts.range(row)))
        case .integer(let values)
        where column.datatype == .bool || (isTruth && (0...1).contains(values[row])):
            cell(of: values[row] == 0 ? "false" : "true")
        case .integer(let values) where column.datatype == .uint64:
            cell(of: String(UInt64(bitPattern: values[row])))
        case .integer(let values): cell(of: String(values[row]))
        case .real(let values): values[row].isNaN ? nil : cell(of: categoryName(values[row]))
        }
    }
}

/// 3.0 is the category `3`: JSON makes no difference between them.
func categoryName(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 0x1p53 ? String(Int64(value)) : String(value)
}
