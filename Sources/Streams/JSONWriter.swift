import Drift

/// Writes JSON as this wire has it: a missing value is `null`, and what is not finite is bare, as in Python.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func string(_ text: some Sequence<UInt8>) {
        raw("\"")
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0..<0x20: raw("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        raw("\"")
    }

    mutating func string(_ text: String) { string(text.utf8) }

    mutating func number(_ value: Double) {
        if value.isNaN {
            raw("NaN")
        } else if value.isInfinite {
            raw(value < 0 ? "-Infinity" : "Infinity")
        } else {
            raw(value.description)
        }
    }

    /// Elements with commas between them.
    mutating func list<Elements: Sequence>(
        _ elements: Elements, _ open: String, _ close: String,
        _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        raw(open)
        var isFirst = true
        for element in elements {
            if !isFirst { raw(",") }
            isFirst = false
            write(&self, element)
        }
        raw(close)
    }

    mutating func cell(_ column: Column, _ row: Int) {
        if !column.missing.isEmpty && column.missing[row] { return raw("null") }
        switch column.values {
        case .real(let values): number(values[row])
        case .integer(let values) where column.datatype == .bool: raw(values[row] == 0 ? "false" : "true")
        case .integer(let values) where column.datatype == .uint64:
            raw(UInt64(bitPattern: values[row]).description)
        case .integer(let values): raw(values[row].description)
        case .text(let values): string(values.bytes[values.range(row)])
        }
    }
}
