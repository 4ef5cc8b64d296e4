import Drift
import Statistics
import Testing

@Suite struct FeatureCellsTests {
    @Test func `a category has its own cell, a folded one shares, all else is unseen`() {
        let counts: [String: UInt64] = ["b": 5, "a": 5, "rare": 1, "seldom": 2, "": 9]
        let cells = CategoryCells(of: counts, keeping: 3)
        #expect(cells.categories == ["", "a", "b"])
        #expect(cells.singletons == 1)
        #expect(cells.cellCount == 5)
        #expect(["", "a", "b"].map { cells.cell(of: $0) } == [0, 1, 2])
        #expect(["rare", "seldom"].map { cells.cell(of: $0) } == [3, 3])
        #expect(["A", "a ", "new", "seldo"].map { cells.cell(of: $0) } == [4, 4, 4, 4])
        #expect((cells.otherCell, cells.unseenCell) == (3, 4))
    }

    @Test func `no category at all is a partition of two cells`() {
        let cells = CategoryCells(categories: [], foldedHashes: [], singletons: 0)
        #expect(cells.cellCount == 2)
        #expect(cells.cell(of: "x") == 1)
    }

    @Test func `every one of many categories is found`() {
        let names = (0..<20_000).map { "category \($0)" }
        let cells = CategoryCells(categories: names, foldedHashes: [], singletons: 0)
        #expect(names.map { cells.cell(of: $0) } == Array(0..<20_000))
        #expect(cells.cell(of: "category 20000") == cells.unseenCell)
    }

    @Test func `bytes that are not Unicode are the category they were repaired to`() {
        let cells = CategoryCells(categories: ["Z\u{FFFD}rich"], foldedHashes: [], singletons: 0)
        let latin1: [UInt8] = [0x5A, 0xFC, 0x72, 0x69, 0x63, 0x68]
        #expect(cells.cell(of: latin1.span) == 0)
        let other: [UInt8] = [0x5A, 0xFC]
        #expect(cells.cell(of: other.span) == cells.unseenCell)
    }
}
