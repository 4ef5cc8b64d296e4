/// When two numbers are one value, computed twice.
package struct SkewTolerance: Sendable, Equatable {
    /// In shares of the larger magnitude, in [0, 1).
    package var relative: Double

    package init(relative: Double) {
        precondition(relative >= 0 && relative < 1, "\(relative) is no tolerance")
        self.relative = relative
    }

    /// A tenth of the last digit that a table usually has, and sixteen times what FP32 rounds off.
    package static let standard = SkewTolerance(relative: 1e-6)

    /// Whether they lie within the tolerance; or what was served is all that its datatype can hold of the other:
    /// 0.1 is 0.09998 in FP16. Infinities are equal to themselves.
    func accepts(_ served: Double, servedAs datatype: Datatype, beside training: Double) -> Bool {
        if served == training || served == datatype.rounded(training) { return true }
        guard served.isFinite, training.isFinite else { return false }
        return abs(served - training) <= relative * max(abs(served), abs(training))
    }
}

extension Datatype {
    /// What is left of a number in a real datatype; whole numbers keep what they hold.
    package func rounded(_ value: Double) -> Double {
        switch self {
        case .fp16: Double(Float16(value))
        case .bf16: Double(Float(bitPattern: UInt32(brainBits(value)) << 16))
        case .fp32: Double(Float(value))
        default: value
        }
    }
}

/// BF16: the upper half of a Float, rounded to the nearest, ties to even. NaN is one value, whatever its payload was.
package func brainBits(_ value: Double) -> UInt16 {
    guard !value.isNaN else { return 0x7FC0 }
    let bits = Float(value).bitPattern
    return UInt16(truncatingIfNeeded: (UInt64(bits) + 0x7FFF + UInt64((bits >> 16) & 1)) >> 16)
}
