import Drift

/// One value as it was served, in its own datatype.
struct PackedValue: Equatable, Sendable {
    var datatype: Datatype
    var content: Content

    enum Content: Equatable, Sendable {
        case null
        /// The low bytes of the value, as many as its datatype has.
        case bits(UInt64)
        case text(ArraySlice<UInt8>)
    }
}

extension PackedValue {
    /// The value's bits in its datatype. NaN is one value, whatever its payload was.
    static func bits(_ value: Double, _ datatype: Datatype) -> UInt64 {
        switch datatype {
        case .fp16: UInt64((value.isNaN ? Float16.nan : Float16(value)).bitPattern)
        case .bf16: UInt64(brainBits(value))
        case .fp32: UInt64((value.isNaN ? Float.nan : Float(value)).bitPattern)
        default: (value.isNaN ? Double.nan : value).bitPattern
        }
    }

    /// As a real number; `nil` for text, whole numbers and nulls.
    var real: Double? {
        guard case .bits(let bits) = content else { return nil }
        switch datatype {
        case .fp16: return Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
        case .bf16: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
        case .fp32: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .fp64: return Double(bitPattern: bits)
        default: return nil
        }
    }

    /// As a whole number; `nil` for others, and for UINT64 from 2⁶³.
    var integer: Int64? {
        guard case .bits(let bits) = content else { return nil }
        switch datatype {
        case .int8: return Int64(Int8(truncatingIfNeeded: bits))
        case .int16: return Int64(Int16(truncatingIfNeeded: bits))
        case .int32: return Int64(Int32(truncatingIfNeeded: bits))
        case .int64: return Int64(bitPattern: bits)
        case .bool, .uint8, .uint16, .uint32, .uint64: return Int64(exactly: bits)
        default: return nil
        }
    }

    /// The shortest decimal that reads back as the same value of the datatype; `nil` for a null. Not for text.
    var decimal: String? {
        guard case .bits(let bits) = content else { return nil }
        switch datatype {
        case .bool: return bits == 0 ? "false" : "true"
        case .fp16: return number(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
        case .fp32, .bf16: return real.map { number(Float($0)) }
        case .fp64: return number(Double(bitPattern: bits))
        case .uint64: return String(bits)
        default: return integer.map { String($0) }
        }
    }

    private func number(_ value: some BinaryFloatingPoint & LosslessStringConvertible) -> String {
        value.isNaN ? "NaN" : String(value)
    }
}
