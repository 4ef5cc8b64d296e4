/// The drift detection method: an error rate well above the lowest it has been.
///
/// After n losses p is the error rate and s = √(p(1 − p)/n) its deviation. Of all moments past the warm-up the
/// one with the least p + s is kept as p', s'. It is a warning from p + s > p' + 2 s' on, and a drift from
/// p + s > p' + 3 s' on. A stream whose first 31 losses are 0 drifts at its first error.
///
/// J. Gama, P. Medas, G. Castillo, P. Rodrigues, "Learning with Drift Detection", Brazilian Symposium on
/// Artificial Intelligence, 2004.
package struct DDM: ChangeDetector {
    package static let domain = ClosedRange<Double>.errorShare

    private let warmUp: Double
    private let warningThreshold: Double
    private let driftThreshold: Double

    package var change: Change?
    private var rate = RunningMean()
    private var lowest: Level?

    private struct Level: Codable, Equatable {
        var rate: Double
        var deviation: Double

        var sum: Double { rate + deviation }

        func isExceeded(by level: Level, deviations: Double) -> Bool {
            level.sum > rate + deviations * deviation
        }
    }

    /// - Parameters:
    ///   - warmUp: losses before anything is said.
    ///   - warningThreshold: in deviations, like `driftThreshold`.
    package init(warmUp: Int = 30, warningThreshold: Double = 2, driftThreshold: Double = 3) {
        self.warmUp = Double(warmUp)
        (self.warningThreshold, self.driftThreshold) = (warningThreshold, driftThreshold)
    }

    package var errorRate: Double { rate.value }
    package var deviation: Double { level.deviation }
    package var lowestErrorRate: Double? { lowest?.rate }
    package var lowestDeviation: Double? { lowest?.deviation }

    package mutating func reset() { (rate, lowest) = (RunningMean(), nil) }

    package mutating func step(_ loss: Double) -> Change? {
        rate.add(loss)
        guard rate.count > warmUp else { return nil }
        let level = level
        let least = lowest.map { level.sum <= $0.sum ? level : $0 } ?? level
        lowest = least
        if least.isExceeded(by: level, deviations: driftThreshold) { return .drift }
        return least.isExceeded(by: level, deviations: warningThreshold) ? .warning : nil
    }

    private var level: Level {
        let variance = rate.count == 0 ? 0 : rate.value * (1 - rate.value) / rate.count
        return Level(rate: rate.value, deviation: variance.squareRoot())
    }
}
