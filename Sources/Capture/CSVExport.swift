import Drift
import Foundation

/// Writes rows as CSV (RFC 4180): an empty field is a null, a quoted empty one an empty text; times in RFC 3339;
/// numbers as the shortest decimal that reads back as the same value of their datatype.
struct CSVExport {
    private let file: FileHandle
    private var buffer: [UInt8] = []

    init(path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
        self.file = file
    }

    consuming func write(_ rows: ExportedRows, _ columns: ExportColumns) throws -> CaptureExport.Summary {
        var tally = ExportTally(rows, columns)
        for (index, name) in columns.header.enumerated() { append(name, isFirst: index == 0) }
        buffer.append(UInt8(ascii: "\n"))
        try rows.forEach { row in
            append(row, columns)
            tally.add(row)
            if buffer.count >= 1 << 18 { try flush() }
        }
        try flush()
        try file.synchronize()
        try file.close()
        return tally.finish()
    }

    private mutating func flush() throws {
        try file.write(contentsOf: Data(buffer))
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ row: CapturedRow, _ columns: ExportColumns) {
        append(text: row.id.utf8, isFirst: true)
        append(plain: String(row.index))
        append(plain: row.time.description)
        for text in [row.version, row.arm, row.segment] { append(text) }
        append(row.features, columns.features)
        append(plain: row.score.map { String($0) })
        append(row.class)
        append(row.answer, columns.answer)
        append(row.label)
        append(plain: row.labelTime?.description)
        buffer.append(UInt8(ascii: "\n"))
    }

    private mutating func append(_ fields: [CapturedRow.Field], _ columns: [ExportColumns.Field]) {
        for value in fields.placed(in: columns) {
            switch value?.content {
            case .text(let text): append(text: text)
            default: append(plain: value?.decimal)
            }
        }
    }

    private mutating func append(_ label: Truth?) {
        if case .category(let name) = label { append(name) } else { append(plain: label?.description) }
    }

    private mutating func append(plain text: String?) {
        buffer.append(UInt8(ascii: ","))
        if let text { buffer.append(contentsOf: text.utf8) }
    }

    private mutating func append(_ text: String?, isFirst: Bool = false) {
        if let text { append(text: text.utf8, isFirst: isFirst) } else { append(plain: nil) }
    }

    private mutating func append(text: some Collection<UInt8>, isFirst: Bool = false) {
        if !isFirst { buffer.append(UInt8(ascii: ",")) }
        let quote = UInt8(ascii: "\"")
        guard
            text.isEmpty || text.contains(where: { $0 < 0x20 || $0 == quote || $0 == UInt8(ascii: ",") })
                || text.first == UInt8(ascii: " ")
        else {
            buffer.append(contentsOf: text)
            return
        }
        buffer.append(quote)
        for byte in text {
            if byte == quote { buffer.append(quote) }
            buffer.append(byte)
        }
        buffer.append(quote)
    }
}

extension [CapturedRow.Field] {
    /// The values in the columns of a table; both are sorted by name. `nil` where the row has no such column.
    func placed(in columns: [ExportColumns.Field]) -> [PackedValue?] {
        var next = 0
        return columns.map { column in
            guard next < count, self[next].name.utf8.elementsEqual(column.name.utf8) else { return nil }
            defer { next += 1 }
            return self[next].value
        }
    }
}
