import Drift
import Foundation

/// The values of a batch's columns, packed row by row, little-endian.
///
/// A row is a bit a field that says which are null, then every field's value in the width of its datatype, for a
/// text its length, then the texts end to end. So all rows of a layout begin alike, and columns are dealt to
/// their places without a look at the row.
struct PackedRows {
    let layout: FeatureLayout
    private let stride: Int
    private var fixed: [UInt8]
    private var texts: [TextColumn] = []

    init(_ batch: RowBatch, part: RowBatch.Parts) {
        let columns = batch.columns.indices.filter { batch.columns[$0].part == part }
            .sorted { batch.columns[$0].name.utf8.lexicographicallyPrecedes(batch.columns[$1].name.utf8) }
        layout = FeatureLayout(
            fields: columns.map {
                FeatureLayout.Field(name: batch.columns[$0].name, datatype: batch.columns[$0].packedDatatype)
            })
        stride = layout.bitmapWidth + layout.fields.reduce(0) { $0 + $1.datatype.packedWidth }
        fixed = [UInt8](repeating: 0, count: stride * batch.count)
        var offset = layout.bitmapWidth
        for (field, column) in columns.enumerated() {
            deal(batch.columns[column], field: field, to: offset, rows: batch.count)
            offset += layout.fields[field].datatype.packedWidth
        }
    }

    private mutating func deal(_ column: Column, field: Int, to offset: Int, rows: Int) {
        let datatype = layout.fields[field].datatype
        switch column.values {
        case .real(let values):
            for row in 0..<rows {
                put(PackedValue.bits(values[row], datatype), datatype.packedWidth, row * stride + offset)
            }
        case .integer(let values):
            for row in 0..<rows {
                put(UInt64(bitPattern: values[row]), datatype.packedWidth, row * stride + offset)
            }
        case .text(let values):
            for row in 0..<rows { put(UInt64(values.range(row).count), 4, row * stride + offset) }
            texts.append(values)
        }
        guard !column.missing.isEmpty else { return }
        for row in 0..<rows where column.missing[row] { setNull(field, datatype, row, offset) }
    }

    private mutating func put(_ bits: UInt64, _ width: Int, _ place: Int) {
        var rest = bits
        for byte in 0..<width {
            fixed[place + byte] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
    }

    /// What stands where a value is missing has no meaning, and is not kept: equal rows are equal bytes.
    private mutating func setNull(_ field: Int, _ datatype: Datatype, _ row: Int, _ offset: Int) {
        fixed[row * stride + field / 8] |= 1 << UInt8(field % 8)
        put(0, datatype.packedWidth, row * stride + offset)
    }

    /// The bytes of a row.
    func row(_ row: Int) -> Data {
        var bytes = Data(fixed[row * stride..<(row + 1) * stride])
        guard !texts.isEmpty else { return bytes }
        var text = 0
        var offset = row * stride + layout.bitmapWidth
        for field in layout.fields {
            if field.datatype == .bytes {
                if length(at: offset) > 0 {
                    bytes.append(contentsOf: texts[text].bytes[texts[text].range(row)])
                }
                text += 1
            }
            offset += field.datatype.packedWidth
        }
        return bytes
    }

    private func length(at offset: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(fixed[offset + $1]) << ($1 * 8) }
    }
}

extension Column {
    /// What its values can be kept as: what was sent, unless the column holds values of another kind.
    fileprivate var packedDatatype: Datatype {
        switch values {
        case .real: datatype.isReal ? datatype : .fp64
        case .integer: datatype.isReal || datatype == .bytes ? .int64 : datatype
        case .text: .bytes
        }
    }
}

// MARK: - Reading

extension FeatureLayout {
    /// The values of a row, in the order of the fields; `nil` when the bytes are no row of this layout.
    func unpack(_ row: [UInt8]) -> [PackedValue]? {
        var reader = PackedReader(bytes: row, position: bitmapWidth)
        guard row.count >= bitmapWidth else { return nil }
        var values: [PackedValue] = []
        var lengths: [(field: Int, length: Int)] = []
        for (index, field) in fields.enumerated() {
            guard let bits = reader.number(width: field.datatype.packedWidth) else { return nil }
            let isNull = row[index / 8] & (1 << UInt8(index % 8)) != 0
            if field.datatype == .bytes, !isNull { lengths.append((index, Int(bits))) }
            values.append(PackedValue(datatype: field.datatype, content: isNull ? .null : .bits(bits)))
        }
        for (index, length) in lengths {
            guard let text = reader.bytes(length) else { return nil }
            values[index].content = .text(text)
        }
        return reader.isAtEnd ? values : nil
    }
}

/// Reads packed values, and never past their end.
struct PackedReader {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    mutating func number(width: Int) -> UInt64? {
        guard bytes.count - position >= width else { return nil }
        defer { position += width }
        return (0..<width).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64($1 * 8) }
    }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, bytes.count - position >= count else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }
}
