import Drift
import Testing

@Suite struct RowBatchTests {
    private let batch = RowBatch(
        .numbers("x", [1, nil, 3, 4]), .texts("c", ["a", "bb", nil, "ä"]),
        .integers("score", [7, 8, 9, 10], part: .predictions),
        times: [at(0), nil, at(20), at(30)], ids: ["i", "j", "k", "l"])

    @Test func `selected rows keep their columns, ids and times`() {
        let selection = batch.selecting([3, 0, 2])
        #expect(selection.count == 3)
        #expect(selection.parts == [.features, .predictions])
        #expect(selection.times == [at(30), at(0), at(20)])
        #expect((0..<3).map { selection.ids[$0] } == ["l", "i", "k"])
        #expect((0..<2).map { selection.columns[1].values.texts[$0] } == ["ä", "a"])
        #expect(!selection.columns[0].missing.contains(true))
        #expect(selection.columns[1].missing == [false, false, true])
        #expect(selection.columns[2].values.integers == [10, 7, 9])
    }

    @Test func `bounds of time keep rows at or after the first and before the second`() {
        #expect(batch.within(at(0), at(30)).times == [at(0), at(20)])
        #expect(batch.within(at(1), nil).times == [at(20), at(30)])
        #expect(batch.within(nil, at(20)).times == [at(0)])
        #expect(batch.within(nil, nil).count == 4)
    }

    @Test func `one time or one id stands for the whole batch`() {
        let batch = RowBatch(.numbers("x", [1, 2, 3]), times: [at(5)], ids: ["request"])
        #expect((0..<3).map { batch.time(ofRow: $0) } == [at(5), at(5), at(5)])
        let selection = batch.selecting([2, 1])
        #expect(selection.times == [at(5)])
        #expect(selection.ids.count == 1)
        #expect(batch.within(at(6), nil).count == 0)
    }

    @Test func `texts lie end to end`() {
        var column = TextColumn()
        column.append("ab")
        column.append("")
        let (bytes, ends): ([UInt8], [Int]) = (Array("cde".utf8), [1, 3])
        column.append(bytes: bytes.span, ends: ends.span)
        #expect((0..<4).map { column[$0] } == ["ab", "", "c", "de"])
        column.removeLast()
        column.removeLast()
        #expect(column.bytes == Array("ab".utf8))
        column.removeAll()
        #expect(column.isEmpty && column.bytes.isEmpty)
    }
}

extension ColumnValues {
    fileprivate var texts: TextColumn { if case .text(let texts) = self { texts } else { TextColumn() } }
    fileprivate var integers: [Int64] { if case .integer(let values) = self { values } else { [] } }
}
