import Drift
import Tables
import Testing

private func table(_ file: TemporaryFile, key: String = "id") throws(TableError) -> KeyedTable {
    try withExtendedLifetime(file) { () throws(TableError) in try KeyedTable(path: file.path, key: key) }
}

@Suite struct KeyedTableTests {
    private func row(_ key: String, _ table: KeyedTable) -> Int? { table.row(withKey: Array(key.utf8)) }

    @Test func `rows are found by their key, of several the first`() throws {
        let table = try table(TemporaryFile("x,id,c\n1,a,u\n2,b,v\n3,a,w\n4,,y\n5,b,z\n"))
        #expect(table.features == ["x", "c"])
        #expect((table.rowCount, table.repeatedKeys, table.withoutKey) == (5, 2, 1))
        #expect(["a", "b", "", "c"].map { row($0, table) } == [0, 1, nil, nil])
        #expect(table.key(ofRow: 1) == Array("b".utf8))
        #expect(table.cell(1, ofRow: 1) == TrainingCell(text: "v"))
    }

    @Test(
        arguments: [
            ("1", 1), ("0012", 12), ("-1.50", -1.5), ("1e3", 1000), ("inf", .infinity), ("true", 1),
            ("FALSE", 0), ("NL", nil), ("0x10", nil), ("12 345", nil), ("trues", nil),
        ] as [(String, Double?)])
    func `a cell is what is written and what it reads as`(text: String, number: Double?) throws {
        let cell = try table(TemporaryFile("id,x\na,\(text)\n")).cell(0, ofRow: 0)
        #expect(cell == TrainingCell(text: text, number: number))
    }

    @Test(arguments: ["", "NA", "N/A", "null", "None", "nan", "NaN"])
    func `among numbers some words stand for none`(text: String) throws {
        let cell = try table(TemporaryFile("id,x\na,\(text)\n")).cell(0, ofRow: 0)
        #expect(cell.text == text)
        #expect(cell.number?.isNaN == true)
    }

    @Test func `gzipped rows are read alike`() throws {
        let file = try TemporaryFile(bytes: gzippedTable, name: "table.csv.gz")
        #expect(row("2", try table(file, key: "x")) == 1)
    }

    @Test func `what cannot be looked up in says why`() throws {
        func failure(_ text: String) throws -> TableError? {
            let file = try TemporaryFile(text)
            return #expect(throws: TableError.self) { try table(file) }
        }
        #expect(try failure("id,x\n")?.description.hasSuffix("table.csv: has a header and no rows") == true)
        #expect(
            try failure("idd,x\n1,2\n")?.description.hasSuffix(
                "table.csv:1: there is no column 'id'; the columns are idd, x") == true)
        #expect(
            try failure("id,x\n1,2\n3\n")?.description.hasSuffix(
                "table.csv:3: has 1 fields where the header has 2") == true)
        #expect(
            throws: TableError.cannotOpen(path: "/no/file", reason: "No such file or directory")
        ) { try KeyedTable(path: "/no/file", key: "id") }
    }
}
