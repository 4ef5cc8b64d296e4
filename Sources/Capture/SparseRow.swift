import Drift
import Foundation

/// A row whose columns have no layout of their own: each value behind the number of its name and its datatype.
///
/// A stream of JSON objects may leave out any of its features in any row, and 1 has another datatype than 1.5:
/// there may be as many layouts as rows. All but the first few kinds of rows are packed so.
enum SparseRow {
    private static let nullFlag: UInt8 = 0x80

    /// - Parameter names: the number of each field's name; a field without one is left out.
    static func pack(_ values: [PackedValue], names: [UInt32?]) -> Data {
        var bytes: [UInt8] = []
        for (value, name) in zip(values, names) {
            guard let name else { continue }
            append(UInt64(name), width: 4, to: &bytes)
            append(value, to: &bytes)
        }
        return Data(bytes)
    }

    private static func append(_ value: PackedValue, to bytes: inout [UInt8]) {
        switch value.content {
        case .null: bytes.append(value.datatype.code | nullFlag)
        case .bits(let bits):
            bytes.append(value.datatype.code)
            append(bits, width: value.datatype.packedWidth, to: &bytes)
        case .text(let text):
            bytes.append(value.datatype.code)
            append(UInt64(text.count), width: 4, to: &bytes)
            bytes.append(contentsOf: text)
        }
    }

    private static func append(_ number: UInt64, width: Int, to bytes: inout [UInt8]) {
        for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(byte * 8))) }
    }

    /// The values with the numbers of their names; `nil` when the bytes are no such row.
    static func unpack(_ row: [UInt8]) -> [(name: UInt32, value: PackedValue)]? {
        var reader = PackedReader(bytes: row)
        var values: [(UInt32, PackedValue)] = []
        while !reader.isAtEnd {
            guard let name = reader.number(width: 4), let code = reader.number(width: 1),
                let datatype = Datatype(code: UInt8(code) & ~nullFlag),
                let content = content(UInt8(code), datatype, &reader)
            else { return nil }
            values.append((UInt32(name), PackedValue(datatype: datatype, content: content)))
        }
        return values
    }

    private static func content(
        _ code: UInt8, _ datatype: Datatype, _ reader: inout PackedReader
    ) -> PackedValue.Content? {
        if code & nullFlag != 0 { return .null }
        guard let bits = reader.number(width: datatype.packedWidth) else { return nil }
        return datatype == .bytes ? reader.bytes(Int(bits)).map { .text($0) } : .bits(bits)
    }
}
