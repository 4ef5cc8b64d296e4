import Crypto
import Drift
import Foundation

/// Names a set of rows by what it holds: SHA-256 over the rows in order of time, id and index, each value behind
/// its kind and its length. Neither the order in which parts came nor how a store packs them enters it.
struct ContentHash {
    private var hasher = SHA256()
    private var buffer: [UInt8] = []

    init(model: String) {
        buffer.append(contentsOf: "leeway captured rows 1\n".utf8)
        add(bytes: model.utf8)
    }

    mutating func add(_ row: CapturedRow) {
        add(bytes: row.id.utf8)
        add(UInt64(bitPattern: row.index))
        add(UInt64(bitPattern: row.time.nanoseconds))
        for text in [row.version, row.arm, row.segment, row.class] { add(text) }
        add(row.score?.bitPattern)
        add(row.features)
        add(row.answer)
        add(row.label)
        add((row.labelTime?.nanoseconds).map(UInt64.init(bitPattern:)))
        if buffer.count >= 1 << 16 { flush() }
    }

    mutating func finish() -> String {
        flush()
        return hasher.finalize().hexadecimal
    }

    private mutating func flush() {
        hasher.update(data: buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func add(_ number: UInt64) {
        for byte in 0..<8 { buffer.append(UInt8(truncatingIfNeeded: number >> UInt64(byte * 8))) }
    }

    private mutating func add(_ number: UInt64?) {
        buffer.append(number == nil ? 0 : 1)
        if let number { add(number) }
    }

    private mutating func add(bytes: some Collection<UInt8>) {
        add(UInt64(bytes.count))
        buffer.append(contentsOf: bytes)
    }

    private mutating func add(_ text: String?) {
        buffer.append(text == nil ? 0 : 1)
        if let text { add(bytes: text.utf8) }
    }

    private mutating func add(_ label: Truth?) {
        switch label {
        case nil: buffer.append(0)
        case .integer(let value):
            buffer.append(1)
            add(UInt64(bitPattern: value))
        case .real(let value):
            buffer.append(2)
            add(value.bitPattern)
        case .category(let name):
            buffer.append(3)
            add(bytes: name.utf8)
        }
    }

    /// A row's own columns in order of their names, so that a layout's order does not matter.
    private mutating func add(_ fields: [CapturedRow.Field]) {
        add(UInt64(fields.count))
        for field in fields {
            add(bytes: field.name.utf8)
            buffer.append(field.value.datatype.code)
            switch field.value.content {
            case .null: buffer.append(0)
            case .bits(let bits):
                buffer.append(1)
                add(bits & (.max >> UInt64(64 - 8 * field.value.datatype.packedWidth)))
            case .text(let text):
                buffer.append(2)
                add(bytes: text)
            }
        }
    }
}
