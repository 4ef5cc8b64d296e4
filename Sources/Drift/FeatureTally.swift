import Statistics

/// Counts one feature's values as they arrive, in 32 bits a cell. Owned by one thread.
package struct FeatureTally: Sendable {
    let cells: FeatureCells
    private var counts: [UInt32]
    /// Rows in `counts`: before they could overflow a cell, `counts` moves over to the profile.
    private var rowsInCounts = 0
    private var profile = FeatureProfile()
    /// Columns that need converting or sifting are gathered here first; kept, so that it is allocated once.
    private var scratch: [Double] = []

    package init(cells: FeatureCells) {
        self.cells = cells
        counts = Array(repeating: 0, count: cells.cellCount)
    }

    package var rows: UInt64 { profile.rows }

    /// What has been counted so far.
    package var result: FeatureProfile {
        var result = profile
        result.cells = profile.cells.merged(with: PackedCounts(cells: counts))
        return result
    }

    /// Goes on from where `result` was taken.
    package init(cells: FeatureCells, resuming profile: FeatureProfile) {
        self.init(cells: cells)
        self.profile = profile
    }

    /// Counts rows of a column; `nil` is a column that the batch lacks, all of it missing.
    package mutating func add(_ column: Column?, rows: Range<Int>) {
        makeRoom(for: rows.count)
        profile.rows += UInt64(rows.count)
        guard let column else {
            profile.missing += UInt64(rows.count)
            return
        }
        switch cells {
        case .numeric(let cells): addNumbers(column, rows, cells)
        case .categorical(let cells): addCategories(column, rows, cells)
        }
    }
}

extension FeatureTally {
    private mutating func makeRoom(for rows: Int) {
        if rowsInCounts + rows > Int(UInt32.max) {
            profile.cells = result.cells
            counts = Array(repeating: 0, count: counts.count)
            rowsInCounts = 0
        }
        rowsInCounts += rows
    }
}

// MARK: - Numbers

extension FeatureTally {
    private mutating func addNumbers(_ column: Column, _ rows: Range<Int>, _ cells: NumericCells) {
        switch column.values {
        case .real(let values) where column.missing.isEmpty:
            count(values.span.extracting(rows), cells)
        case .real(let values):
            gather(column, rows) { values[$0] }
            countScratch(cells)
        case .integer(let values) where column.datatype == .uint64:
            gather(column, rows) { Double(UInt64(bitPattern: values[$0])) }
            countScratch(cells)
        case .integer(let values):
            gather(column, rows) { Double(values[$0]) }
            countScratch(cells)
        case .text:
            let present = rows.count { column.missing.isEmpty || !column.missing[$0] }
            profile.missing += UInt64(rows.count)
            profile.mistyped += UInt64(present)
        }
    }

    private mutating func gather(_ column: Column, _ rows: Range<Int>, _ value: (Int) -> Double) {
        scratch.removeAll(keepingCapacity: true)
        for row in rows where column.missing.isEmpty || !column.missing[row] { scratch.append(value(row)) }
        profile.missing += UInt64(rows.count - scratch.count)
    }

    private mutating func countScratch(_ cells: NumericCells) {
        let values = scratch
        count(values.span, cells)
    }

    private mutating func count(_ values: Span<Double>, _ cells: NumericCells) {
        let extent = Extent(of: values)
        cells.knots.count(values, into: &counts)
        counts[0] -= UInt32(extent.notANumber)
        profile.notANumber += UInt64(extent.notANumber)
        if extent.hasInfinity { countInfinities(values) }
        if extent.minimum <= extent.maximum { widen(extent) }
        if let range = cells.knots.finiteRange,
            extent.minimum < range.lowerBound || extent.maximum > range.upperBound
        {
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
        for i in values.indices where values[i].isFinite {
            if values[i] < range.lowerBound {
                profile.belowSteps = profile.belowSteps.addingSaturated(steps(range.lowerBound - values[i]))
            } else if values[i] > range.upperBound {
                profile.aboveSteps = profile.aboveSteps.addingSaturated(steps(values[i] - range.upperBound))
            }
        }
    }
}

/// The finite extent of some values, and what is not finite among them.
private struct Extent {
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var notANumber = 0
    var hasInfinity = false

    init(of values: Span<Double>) {
        var infinite = 0
        for i in values.indices {
            let value = values[i]
            let isFinite = value.magnitude < .infinity
            minimum = isFinite && value < minimum ? value : minimum
            maximum = isFinite && value > maximum ? value : maximum
            notANumber &+= value != value ? 1 : 0
            infinite &+= value.magnitude == .infinity ? 1 : 0
        }
        hasInfinity = infinite > 0
    }
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
        case .integer(let values) where column.datatype == .bool:
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
