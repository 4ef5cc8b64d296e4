import Drift
import Foundation
import Tables
import Testing

/// All batches of a table.
private func read(
    _ text: String, _ layout: TableLayout = TableLayout(), schema: ModelSchema? = nil, rows: Int = .max
) throws -> [RowBatch] {
    let file = try TemporaryFile(text)
    return try withExtendedLifetime(file) {
        var reader = try TableReader(path: file.path, layout: layout, schema: schema)
        var batches: [RowBatch] = []
        while let batch = try reader.next(rows: rows) { batches.append(batch) }
        return batches
    }
}

private func failure(
    _ text: String, _ layout: TableLayout = TableLayout(), schema: ModelSchema? = nil, rows: Int = .max
) throws -> String {
    let file = try TemporaryFile(text)
    do throws(TableError) {
        var reader = try TableReader(path: file.path, layout: layout, schema: schema)
        while try reader.next(rows: rows) != nil {}
        return "no error"
    } catch {
        return error.description.replacing(file.path, with: "table")
    }
}

@Suite struct TableReaderTests {
    private static let flights = """
        time,id,carrier,temp,score,late,note
        2013-01-01T10:15:00Z,f1,UA,39.02,0.25,true,x
        1357042500,f2,AA,,0.75,false,y
        ,f3,,NA,0.5,,z

        """
    private static let layout = TableLayout(
        time: "time", id: "id", prediction: "score", label: "late", ignored: ["note"])

    @Test func `each column has its role, and the rest are features`() throws {
        let batches = try read(Self.flights, Self.layout)
        #expect(batches.count == 1)
        let batch = batches[0]
        #expect(batch.count == 3)
        #expect(batch.parts == [.features, .predictions, .labels])
        #expect(batch.columns.map(\.name) == ["carrier", "temp", "score", "late"])
        #expect(batch.columns.map(\.part) == [.features, .features, .predictions, .labels])
        #expect(batch.columns.map(\.datatype) == [.bytes, .fp64, .fp64, .bool])
        #expect(batch.columns[1].missing == [false, true, true])
        #expect((0..<3).map { batch.ids[$0] } == ["f1", "f2", "f3"])
        #expect(
            batch.times == [
                Timestamp(rfc3339: "2013-01-01T10:15:00Z"), Timestamp(rfc3339: "2013-01-01T12:15:00Z"), nil,
            ])
        #expect(batch.modelVersion == nil)
    }

    @Test(arguments: [
        ("2013-01-01T10:15:00.5+01:00", "2013-01-01T09:15:00.500Z"),
        ("2013-01-01 10:15:00", "2013-01-01T10:15:00Z"),
        ("1357035300", "2013-01-01T10:15:00Z"), ("1357035300.25", "2013-01-01T10:15:00.250Z"),
        ("1357035300250", "2013-01-01T10:15:00.250Z"), ("1357035300250001", "2013-01-01T10:15:00.250001Z"),
        ("1357035300250001023", "2013-01-01T10:15:00.250001023Z"), ("-1", "1969-12-31T23:59:59Z"),
        ("1.3570353e9", "2013-01-01T10:15:00Z"),
    ])
    func `times are RFC 3339 or Unix in any unit`(text: String, time: String) throws {
        let batch = try read("t,x\n\(text),1\n", TableLayout(time: "t"))[0]
        #expect(batch.times.map { $0?.description } == [time])
    }

    @Test(arguments: ["yesterday", "2013-02-30T00:00:00Z", "1e30", "nan"])
    func `what is no time is named with its row`(text: String) throws {
        let table = "t,x\n0,1\n0,1\n\"\(text)\",1\n"
        let message = "table: row 3: '\(text)' in time column 't' is neither RFC 3339 nor a Unix time"
        #expect(try failure(table, TableLayout(time: "t")) == message)
        #expect(try failure(table, TableLayout(time: "t"), rows: 2) == message)
    }

    @Test func `a schema says what is read, and as what`() throws {
        let schema = ModelSchema(
            features: [
                Feature(name: "code", kind: .categorical), Feature(name: "level", kind: .numeric),
                Feature(name: "flag", kind: .boolean),
            ], prediction: .init(tensor: "y", kind: .class))
        let text = "other,code,level,flag,y\n1,007,1.5,True,1\n2,8,high,False,0\n"
        let batch = try read(text, TableLayout(prediction: "y"), schema: schema)[0]
        #expect(batch.columns.map(\.name) == ["code", "level", "flag", "y"])
        #expect(batch.columns.map(\.datatype) == [.bytes, .fp64, .bool, .bytes])
        #expect(batch.columns[1].missing == [false, true])
        // Read a row at a time, the types are the same: they are declared.
        let rows = try read(text, TableLayout(prediction: "y"), schema: schema, rows: 1)
        #expect(
            rows.map { $0.columns.map(\.datatype) } == [
                [.bytes, .fp64, .bool, .bytes], [.bytes, .fp64, .bool, .bytes],
            ])
    }

    @Test(arguments: [
        (TableLayout(time: "when"), "table:1: there is no column 'when'; the columns are a, b"),
        (TableLayout(id: "id"), "table:1: there is no column 'id'; the columns are a, b"),
        (TableLayout(prediction: "p"), "table:1: there is no column 'p'; the columns are a, b"),
        (TableLayout(modelVersion: "v"), "table:1: there is no column 'v'; the columns are a, b"),
    ])
    func `a column that is not there is named with those that are`(layout: TableLayout, message: String)
        throws
    {
        #expect(try failure("a,b\n1,2\n", layout) == message)
    }

    @Test func `a feature of the schema that is not there is named too`() throws {
        let schema = ModelSchema(features: [
            Feature(name: "a", kind: .numeric), Feature(name: "z", kind: .numeric),
        ])
        #expect(
            try failure("a,b\n1,2\n", schema: schema)
                == "table:1: there is no column 'z'; the columns are a, b")
    }

    @Test func `a batch is of one version`() throws {
        let text = "v,x\n1,10\n1,11\n2,12\n,13\n,14\n1,15\n"
        let batches = try read(text, TableLayout(modelVersion: "v"))
        #expect(batches.map(\.modelVersion) == ["1", "2", nil, "1"])
        #expect(batches.map(\.count) == [2, 1, 2, 1])
        #expect(try read(text, TableLayout(modelVersion: "v"), rows: 1).map(\.count) == [1, 1, 1, 1, 1, 1])
    }

    @Test func `a table of a header has no batch`() throws {
        #expect(try read("a,b\n").isEmpty)
        #expect(try failure("", TableLayout()) == "table: is empty; its first line should name the columns")
    }

    @Test func `names of 300 bytes are names`() throws {
        let name = String(repeating: "ä", count: 150)
        let batch = try read("\(name),b\n1,2\n")[0]
        #expect(batch.columns.map(\.name) == [name, "b"])
    }

    @Test func `read in batches or whole, the rows are the same`() throws {
        let text = "t,x\n" + (0..<500).map { "\($0),\(Double($0) / 4)\n" }.joined()
        let schema = ModelSchema(features: [Feature(name: "x", kind: .numeric)])
        let batches = try read(text, TableLayout(time: "t"), schema: schema, rows: 64)
        #expect(batches.map(\.count) == [64, 64, 64, 64, 64, 64, 64, 52])
        #expect(
            batches.flatMap(\.times).map { $0?.nanoseconds } == (0..<500).map { Int64($0) * 1_000_000_000 })
    }
}
