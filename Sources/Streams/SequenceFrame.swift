/// The optional second frame of a message: who sent it, and which of its topic's messages it is.
package struct SequenceFrame: Equatable, Sendable {
    package static let byteCount = 16

    package var epoch: UInt64
    package var sequence: UInt64

    package init(epoch: UInt64, sequence: UInt64) {
        (self.epoch, self.sequence) = (epoch, sequence)
    }

    /// Two big-endian numbers; `nil` unless there are exactly 16 bytes.
    package init?(_ bytes: RawSpan) {
        guard bytes.byteCount == SequenceFrame.byteCount else { return nil }
        epoch = UInt64(bigEndian: unsafe bytes.unsafeLoadUnaligned(as: UInt64.self))
        sequence = UInt64(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    package var bytes: [UInt8] {
        [epoch, sequence].flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
    }
}
