import Drift
import Streams
import Testing

struct MessageEncoderTests {
    private func batch(rows: Int) -> RowBatch {
        var batch = RowBatch()
        (batch.parts, batch.count, batch.modelVersion) = ([.features, .predictions, .labels], rows, "7")
        for row in 0..<rows {
            batch.ids.append("r\(row)")
            batch.times.append(Timestamp(nanoseconds: 1_357_035_300_123_000_000 + Int64(row)))
        }
        let reals = [0.1, .nan, -.infinity, 1e300, .leastNonzeroMagnitude].prefix(rows)
        var amount = Column(name: "amount", part: .features, datatype: .fp64, values: .real(Array(reals)))
        amount.missing = (0..<rows).map { $0 == 3 }
        var text = TextColumn()
        for value in ["", "Ørsted \"A\"\\\n", "\u{1F600}", "b", "\u{1}"].prefix(rows) { text.append(value) }
        let integers: [Int64] = [.max, .min, 0, 1, -1]
        batch.columns = [
            amount, Column(name: "name \"x\"", part: .features, datatype: .bytes, values: .text(text)),
            Column(
                name: "n", part: .features, datatype: .int64, values: .integer(Array(integers.prefix(rows)))),
            Column(
                name: "score", part: .predictions, datatype: .fp64,
                values: .real(Array(repeating: 0.25, count: rows))),
            Column(
                name: "y", part: .labels, datatype: .bool, values: .integer(Array(repeating: 1, count: rows))),
        ]
        return batch
    }

    @Test(arguments: MessageEncoder.Format.allCases, [1, 5])
    func `what is encoded is decoded`(format: MessageEncoder.Format, rows: Int) throws {
        let original = batch(rows: rows)
        let messages = MessageEncoder(format, model: "m").encode(original)
        #expect(messages.map(\.kind) == (format == .rows ? [.rows] : [.inputs, .predictions, .labels]))
        let decoded = try messages.flatMap { (message) throws(Rejection) in
            try decode(message.kind, message.frames)
        }
        let columns = decoded.flatMap(\.columns)
        #expect(columns.map(\.name) == original.columns.map(\.name))
        #expect(columns.map(\.datatype) == original.columns.map(\.datatype))
        #expect(columns.map(\.part) == original.columns.map(\.part))
        #expect(columns.map(\.cells) == original.columns.map(\.cells))
        for batch in decoded {
            #expect(batch.idTexts == original.idTexts)
            #expect(batch.times == original.times)
            #expect(batch.modelVersion == "7")
        }
    }

    @Test(arguments: Datatype.allCases)
    func `every datatype survives its binary form`(datatype: Datatype) throws {
        var text = TextColumn()
        text.append("ab")
        text.append("")
        let values: ColumnValues =
            datatype == .bytes
            ? .text(text) : datatype.rawValue.contains("F") ? .real([0.5, -2]) : .integer([1, 0])
        var batch = RowBatch()
        (batch.parts, batch.count) = (.features, 2)
        batch.columns = [Column(name: "x", part: .features, datatype: datatype, values: values)]
        let message = MessageEncoder(.oipBinary, model: "m").encode(batch)[0]
        #expect(message.frames.count == 2)
        let decoded = try #require(try decode(.inputs, message.frames).first)
        #expect(decoded.columns.map(\.datatype) == [datatype])
        #expect(decoded.columns.map(\.cells) == batch.columns.map(\.cells))
    }
}
