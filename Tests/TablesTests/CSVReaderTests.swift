import Tables
import Testing

/// The header and the rows of a table, row by row.
private func read(_ text: String, rowsAtOnce: Int = .max) throws -> [[String]] {
    let file = try TemporaryFile(text)
    return try withExtendedLifetime(file) {
        var reader = try CSVReader.open(file.path)
        var rows = [reader.header]
        while let columns = try reader.next(rows: rowsAtOnce) {
            for row in 0..<columns[0].count { rows.append(columns.map { $0[row] }) }
        }
        return rows
    }
}

/// The error that reading a table to its end throws, without its path.
private func failure(_ text: String) throws -> String {
    let file = try TemporaryFile(text)
    do throws(TableError) {
        var reader = try CSVReader.open(file.path)
        while try reader.next(rows: 100) != nil {}
        return "no error"
    } catch {
        return error.description.replacing(file.path, with: "table")
    }
}

@Suite struct CSVReaderTests {
    @Test(arguments: [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2\r\n3,4\r\n", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ("a,b\r\n1,2\r", [["a", "b"], ["1", "2"]]),
        ("\u{FEFF}a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n,\n", [["a", "b"], ["", ""]]),
        ("a\nx\ny\n", [["a"], ["x"], ["y"]]),
        ("a,b\n\n1,2\n\r\n\n", [["a", "b"], ["1", "2"]]),
        ("a\n\nx\n", [["a"], [""], ["x"]]),
        ("größe,ü\n1,ä\n", [["größe", "ü"], ["1", "ä"]]),
        ("a b, c\n 1 ,2 \n", [["a b", " c"], [" 1 ", "2 "]]),
        ("a;b\n1;2\n", [["a;b"], ["1;2"]]),
    ])
    func `records end with LF or CRLF, fields with a comma`(text: String, rows: [[String]]) throws {
        #expect(try read(text) == rows)
    }

    @Test(arguments: [
        ("a,b\n\"1,5\",2\n", [["1,5", "2"]]),
        ("a,b\n\"say \"\"ah\"\"\",\"\"\n", [["say \"ah\"", ""]]),
        ("a,b\n\"two\nlines\",\"three\r\n\nlines\"\n", [["two\nlines", "three\r\n\nlines"]]),
        ("\"a\",b\n\"x\"y,z\n", [["xy", "z"]]),
        ("a,b\n5\" pipe,2\n", [["5\" pipe", "2"]]),
        ("a,b\n\"ends in CR\r\",\"too\r\"\n", [["ends in CR\r", "too\r"]]),
        ("a,b\n\"\"\"\",\"\"\"\"\"\"\r\n", [["\"", "\"\""]]),
    ])
    func `quotes guard commas, quotes and line breaks`(text: String, rows: [[String]]) throws {
        #expect(try Array(read(text).dropFirst()) == rows)
    }

    @Test(arguments: [
        ("", "table: is empty; its first line should name the columns"),
        ("a,b,a\n1,2,3\n", "table:1: column 'a' stands twice in the header"),
        ("a,b\n1,2\n3\n", "table:3: has 1 fields where the header has 2"),
        ("a,b\n1,2\n3,4,5\n", "table:3: has 3 fields where the header has 2"),
        ("a,b\n\"1\n\n\",2\n3,4,5\n", "table:5: has 3 fields where the header has 2"),
        ("a,b\n\n1,2,3\n", "table:3: has 3 fields where the header has 2"),
        ("a\n1,2\n", "table:2: has 2 fields where the header has 1"),
        ("a,b\n1,2\n3,\"4\n5,6\n", "table:3: a quote is opened and never closed"),
        ("\"a,b\n1,2\n", "table:1: a quote is opened and never closed"),
    ])
    func `an error names the line`(text: String, message: String) throws {
        #expect(try failure(text) == message)
    }

    @Test func `a header alone has no rows`() throws {
        for text in ["a,b\n", "a,b", "a,b\n\n"] { #expect(try read(text) == [["a", "b"]]) }
    }

    @Test func `rows come in batches of any size`() throws {
        let text = "a,b\n" + (0..<100).map { "\($0),\"x\(String(repeating: "y", count: $0))\"\n" }.joined()
        let whole = try read(text)
        for rows in [1, 7, 100, 101] { #expect(try read(text, rowsAtOnce: rows) == whole) }
        #expect(whole.count == 101)
    }

    @Test func `fields and names may be longer than the buffer`() throws {
        let long = String(repeating: "long, ", count: 60_000)
        let name = String(repeating: "n", count: 300)
        let rows = try read("\(name),b\n\"\(long)\",2\n1,\"\(long)\"\n")
        #expect(rows == [[name, "b"], [long, "2"], ["1", long]])
    }

    @Test func `line breaks and quotes at the buffer's edge are whole`() throws {
        for padding in (1 << 17) - 8..<(1 << 17) + 2 {
            let text = "a,b\n\(String(repeating: "x", count: padding - 4)),\"\"\"q\"\r\nlast,2\r\n"
            let rows = try read(text)
            #expect(rows.count == 3 && rows[1][1] == "\"q" && rows[2] == ["last", "2"], "\(padding)")
        }
    }

    @Test func `plain and quoted rows of many buffers are read alike`() throws {
        let rows = (0..<40_000).map { row in
            ["\(row)", row % 3 == 0 ? "a, \(row)" : "b\(row)", row % 5 == 0 ? "" : "-1.5"]
        }
        let lines = rows.enumerated().map { index, row in
            "\(row[0]),\(row[1].contains(",") ? "\"\(row[1])\"" : row[1]),\(row[2])\(index % 2 == 0 ? "\r\n" : "\n")"
        }
        let text = "n,t,e\n" + lines.joined()
        #expect(text.utf8.count > 4 << 17)
        #expect(try read(text, rowsAtOnce: 999) == [["n", "t", "e"]] + rows)
        #expect(try failure(text + "1,2\n") == "table:40002: has 2 fields where the header has 3")
    }
}
