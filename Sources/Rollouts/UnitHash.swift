import Crypto

/// What stands for a unit outside of the services: the first 64 bits of SHA-256 of `<rollout>/<unit>`, since a unit may
/// be a person, and another one in each rollout.
package struct UnitHash: Hashable, Sendable {
    package var bits: UInt64

    package init(bits: UInt64) { self.bits = bits }

    package init(of unit: String, rollout: String) {
        var hash = SHA256()
        for text in [rollout, "/", unit] { hash.update(data: Array(text.utf8)) }
        bits = hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension UnitHash: CustomStringConvertible {
    /// 16 hexadecimal digits.
    package var description: String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
