import Drift
import Foundation
import Tables
import Testing

private func rows(of file: TemporaryFile) throws(TableError) -> [[String]] {
    var reader = try CSVReader.open(file.path)
    var rows: [[String]] = []
    while let columns = try reader.next(rows: 10) {
        for row in 0..<columns[0].count { rows.append(columns.map { $0[row] }) }
    }
    return rows
}

@Suite struct GzipFileTests {
    @Test func `a gzipped table reads as the plain one, whatever its name`() throws {
        for name in ["table.csv.gz", "table.csv"] {
            let file = try TemporaryFile(bytes: gzippedTable, name: name)
            #expect(try rows(of: file) == [["1", "a"], ["2", "b"]])
        }
    }

    @Test func `gzip members follow one another`() throws {
        let file = try TemporaryFile(bytes: gzippedTable + gzippedTable)
        #expect(try rows(of: file) == [["1", "a"], ["2", "b"], ["x", "c"], ["1", "a"], ["2", "b"]])
    }

    @Test func `a gzip stream cut short is an error, at every byte`() throws {
        for length in 18..<gzippedTable.count {
            let file = try TemporaryFile(bytes: Array(gzippedTable.prefix(length)))
            #expect(
                throws: TableError.damaged(path: file.path, reason: "the gzip stream is cut short"),
                "\(length)"
            ) {
                _ = try rows(of: file)
            }
        }
    }

    @Test func `a damaged gzip stream is an error`() throws {
        var bytes = gzippedTable
        bytes[bytes.count - 6] ^= 1
        let file = try TemporaryFile(bytes: bytes)
        let error = #expect(throws: TableError.self) { _ = try rows(of: file) }
        #expect(error?.description.hasPrefix("\(file.path): cannot be read to its end: ") == true)
    }

    @Test func `what cannot be opened says why`() throws {
        #expect(
            throws: TableError.cannotOpen(path: "/nowhere/table.csv", reason: "No such file or directory")
        ) {
            _ = try CSVReader.open("/nowhere/table.csv")
        }
        #expect(throws: TableError.cannotOpen(path: "/tmp", reason: "it is a folder")) {
            _ = try CSVReader.open("/tmp")
        }
        #expect(
            TableError.cannotOpen(path: "t", reason: "it is a folder").description
                == "t: cannot be opened: it is a folder")
    }
}
