package import Drift

/// Reads a CSV file (RFC 4180: quotes, doubled quotes, line breaks in quotes; LF or CRLF; UTF-8 with or
/// without a byte order mark; gzipped or plain) some rows at a time, without holding the whole.
package struct CSVReader: ~Copyable {
    package let path: String
    package private(set) var header: [String] = []
    private var file: GzipFile
    private var buffer = [UInt8](repeating: 0, count: 1 << 17)
    private var position = 0
    private var filled = 0
    private var line = 1
    /// Where the fields of a plain record end.
    private var ends: [Int] = []

    /// Opens the file and reads its header.
    ///
    /// - Parameter path: `-` reads standard input.
    package static func open(_ path: String) throws(TableError) -> CSVReader {
        var reader = CSVReader(
            path: path == "-" ? "standard input" : path, file: try GzipFile(path: path))
        try reader.readHeader()
        return reader
    }

    private init(path: String, file: consuming GzipFile) {
        self.path = path
        self.file = file
    }

    private mutating func readHeader() throws(TableError) {
        try skipByteOrderMark()
        var names = TextColumn()
        guard try readRecord({ names.append($0.span) }) > 0 else { throw .noHeader(path: path) }
        header = (0..<names.count).map { names[$0] }
        ends = Array(repeating: 0, count: header.count)
        for (index, name) in header.enumerated() where header[..<index].contains(name) {
            throw .duplicateColumn(path: path, name: name)
        }
    }

    /// The next rows, column by column as text; `nil` at the end.
    package mutating func next(rows maximum: Int) throws(TableError) -> [TextColumn]? {
        var columns = Array(repeating: TextColumn(), count: header.count)
        var rows = 0
        while rows < maximum {
            if takePlainRecord(into: &columns) {
                rows += 1
                continue
            }
            let start = line
            var field = 0
            let count = try readRecord { text in
                if field < columns.count { columns[field].append(text.span) }
                field += 1
            }
            if count == 0 { break }
            if count == 1, header.count > 1, columns[0].range(rows).isEmpty {
                columns[0].removeLast()
                continue
            }
            guard count == header.count else {
                throw .fieldCount(path: path, line: start, expected: header.count, found: count)
            }
            rows += 1
        }
        return rows == 0 ? nil : columns
    }

    // MARK: Plain records

    /// Takes the next record at once, as nearly all can be: one that lies in the buffer as a whole, without quotes, and
    /// with as many fields as the header. Otherwise nothing happens.
    private mutating func takePlainRecord(into columns: inout [TextColumn]) -> Bool {
        guard position < filled, let end = findFieldEnds() else { return false }
        let last = columns.count - 1
        let start = last == 0 ? position : ends[last - 1] + 1
        let hasReturn = end > start && buffer[end - 1] == UInt8(ascii: "\r")
        ends[last] = hasReturn ? end - 1 : end
        append(to: &columns)
        position = end + 1
        line += 1
        return true
    }

    private func append(to columns: inout [TextColumn]) {
        let bytes = buffer.span
        var start = position
        for field in columns.indices {
            columns[field].append(bytes.extracting(start..<ends[field]))
            start = ends[field] + 1
        }
    }

    /// - Returns: where the record ends.
    private mutating func findFieldEnds() -> Int? {
        let (bytes, start, end) = (buffer, position, filled)
        var found = ends.mutableSpan
        return plainRecordEnd(bytes.span.extracting(0..<end), from: start, fieldEnds: &found)
    }

    // MARK: Records

    private mutating func skipByteOrderMark() throws(TableError) {
        for expected: UInt8 in [0xEF, 0xBB, 0xBF] {
            guard try peek() == expected else { return }
            position += 1
        }
    }

    /// Hands over the fields of the next record one by one; 0 at the end of the file.
    private mutating func readRecord(_ field: ([UInt8]) -> Void) throws(TableError) -> Int {
        guard try peek() != nil else { return 0 }
        var count = 0
        var text: [UInt8] = []
        while true {
            text.removeAll(keepingCapacity: true)
            let end = try readField(&text)
            field(text)
            count += 1
            if end != .comma { return count }
        }
    }

    private enum FieldEnd { case comma, record }

    private mutating func readField(_ text: inout [UInt8]) throws(TableError) -> FieldEnd {
        if try peek() == UInt8(ascii: "\"") {
            position += 1
            try readQuoted(&text)
        }
        let quoted = text.count
        while let byte = try peek() {
            position += 1
            if byte == UInt8(ascii: ",") { return .comma }
            if byte == UInt8(ascii: "\n") {
                line += 1
                break
            }
            text.append(byte)
        }
        if text.count > quoted, text.last == UInt8(ascii: "\r") { text.removeLast() }
        return .record
    }

    private mutating func readQuoted(_ text: inout [UInt8]) throws(TableError) {
        let start = line
        while let byte = try peek() {
            position += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            guard byte == UInt8(ascii: "\"") else {
                text.append(byte)
                continue
            }
            guard try peek() == UInt8(ascii: "\"") else { return }
            position += 1
            text.append(byte)
        }
        throw .unterminatedQuote(path: path, line: start)
    }

    private mutating func peek() throws(TableError) -> UInt8? {
        if position == filled {
            filled = try file.read(into: &buffer)
            position = 0
            if filled == 0 { return nil }
        }
        return buffer[position]
    }
}

/// Finds the ends of the fields of a record.
///
/// - Returns: where the line break is; `nil` where there is none, at a quote, and where fields are more or fewer.
private func plainRecordEnd(
    _ bytes: Span<UInt8>, from start: Int, fieldEnds ends: inout MutableSpan<Int>
) -> Int? {
    var field = 0
    for place in start..<bytes.count {
        let byte = bytes[place]
        // Digits and letters lie above all that matter.
        if byte > UInt8(ascii: ",") { continue }
        switch byte {
        case UInt8(ascii: ","):
            guard field < ends.count - 1 else { return nil }
            ends[field] = place
            field += 1
        case UInt8(ascii: "\n"):
            return field == ends.count - 1 ? place : nil
        case UInt8(ascii: "\""):
            return nil
        default: break
        }
    }
    return nil
}
