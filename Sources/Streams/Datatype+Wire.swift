import Drift

extension Datatype {
    private static let packedNames = allCases.map { (packed: pack($0.rawValue), datatype: $0) }

    private static func pack(_ name: String) -> UInt64 {
        name.utf8.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    init?(_ name: JSONText) {
        guard let packed = name.packed,
            let known = Datatype.packedNames.first(where: { $0.packed == packed })
        else { return nil }
        self = known.datatype
    }

    /// The bytes of one value in a binary tensor; `nil` for BYTES, whose values say how long they are.
    var byteCount: Int? {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16, .fp16, .bf16: 2
        case .int32, .uint32, .fp32: 4
        case .int64, .uint64, .fp64: 8
        case .bytes: nil
        }
    }

    /// The integers of the datatype as `ColumnValues` holds them; `nil` where there are none.
    var integers: ClosedRange<Int64>? {
        switch self {
        case .bool: 0...1
        case .int8: -0x80...0x7F
        case .int16: -0x8000...0x7FFF
        case .int32: -0x8000_0000...0x7FFF_FFFF
        case .int64: .min ... .max
        case .uint8: 0...0xFF
        case .uint16: 0...0xFFFF
        case .uint32: 0...0xFFFF_FFFF
        case .uint64: 0 ... .max
        case .fp16, .bf16, .fp32, .fp64, .bytes: nil
        }
    }
}
