package import Drift

/// The rows of one model's sample on the receiving thread, gathered until they are worth a transaction.
///
/// It hashes, selects and copies; it never waits.
package struct CaptureIntake: Sendable {
    /// So many rows, or bytes, are handed over at once.
    package static let rowsAtOnce = 20_000
    package static let bytesAtOnce = 8 << 20

    private let outlet: CaptureOutlet
    private var sample: CaptureSample
    private var handOver = CaptureHandOver()

    package init(outlet: CaptureOutlet) {
        self.outlet = outlet
        sample = outlet.sample
    }

    package mutating func consume(_ batch: borrowing RowBatch, arrival: Timestamp, arm: String? = nil) {
        handOver.append(CapturePart(batch, arrival: arrival, sample: sample, arm: arm))
        if handOver.rowCount >= CaptureIntake.rowsAtOnce || handOver.byteCount >= CaptureIntake.bytesAtOnce {
            flush()
        }
    }

    /// Hands over what there is: when a pane closes, and with every tick.
    package mutating func flush() {
        if !handOver.isEmpty { outlet.send(handOver) }
        handOver = CaptureHandOver()
        sample = outlet.sample
    }
}
