/// How many values of a sample lie in each cell of a partition. Counts add, so samples merge exactly.
package struct CellCounts: Equatable, Sendable {
    package private(set) var cells: [UInt64]
    package private(set) var total: UInt64

    package init(zeros count: Int) {
        cells = Array(repeating: 0, count: count)
        total = 0
    }

    package init(_ cells: [UInt64]) {
        self.cells = cells
        total = cells.reduce(0, &+)
    }

    /// - Precondition: both count over the same cells.
    package static func += (a: inout CellCounts, b: CellCounts) {
        precondition(a.cells.count == b.cells.count, "counts over different cells do not add")
        for i in a.cells.indices { a.cells[i] += b.cells[i] }
        a.total += b.total
    }

    /// - Precondition: `b` was added to `a` before.
    package static func -= (a: inout CellCounts, b: CellCounts) {
        precondition(a.cells.count == b.cells.count, "counts over different cells do not subtract")
        for i in a.cells.indices { a.cells[i] -= b.cells[i] }
        a.total -= b.total
    }

    package static func + (a: CellCounts, b: CellCounts) -> CellCounts {
        var sum = a
        sum += b
        return sum
    }

    package static func - (a: CellCounts, b: CellCounts) -> CellCounts {
        var difference = a
        difference -= b
        return difference
    }
}
