/// The early drift detection method: errors that follow one another sooner than they once did.
///
/// Of the distances between errors, in losses, d is the mean and s the deviation; the largest d + 2 s is kept.
/// Once there have been more errors than the warm-up asks for, the ratio of d + 2 s to it is a warning below α and
/// a drift below β. Nothing is said at losses that are no errors: a warning stands until the next error at which
/// the ratio is above α.
///
/// M. Baena-García, J. del Campo-Ávila, R. Fidalgo, A. Bifet, R. Gavaldà, R. Morales-Bueno, "Early Drift
/// Detection Method", International Workshop on Knowledge Discovery from Data Streams, 2006.
package struct EDDM: ChangeDetector {
    package static let domain = ClosedRange<Double>.errorShare

    private let warmUp: Int
    private let alpha: Double
    private let beta: Double

    package var change: Change?
    private var distances = Distances()
    private var count = 0
    private var lastError = 0
    private var largest = -1.0

    private struct Distances: Codable, Equatable {
        var mean = RunningMean()
        /// The sum of squared deviations from the mean.
        var squares = 0.0

        mutating func add(_ distance: Double) {
            let before = mean.value
            mean.add(distance)
            squares += (distance - before) * (distance - mean.value)
        }

        var deviation: Double { mean.count > 1 ? (squares / (mean.count - 1)).squareRoot() : 0 }
    }

    /// - Parameters:
    ///   - warmUp: losses, and errors, before anything is said.
    ///   - alpha: the ratio below which it is a warning, at least `beta`.
    ///   - beta: the ratio below which it is a drift.
    package init(warmUp: Int = 30, alpha: Double = 0.95, beta: Double = 0.9) {
        precondition(alpha >= beta, "a warning comes before a drift")
        (self.warmUp, self.alpha, self.beta) = (warmUp, alpha, beta)
    }

    package var meanDistance: Double { distances.mean.value }
    package var deviation: Double { distances.deviation }
    /// The largest d + 2 s so far; −1 before there is one.
    package var largestExtent: Double { largest }

    package mutating func reset() { self = EDDM(warmUp: warmUp, alpha: alpha, beta: beta) }

    package mutating func step(_ loss: Double) -> Change? {
        count += 1
        guard loss == 1 else { return change }
        distances.add(Double(count - lastError))
        lastError = count
        guard count > warmUp else { return change }
        return verdict(distances.mean.value + 2 * distances.deviation)
    }

    private mutating func verdict(_ extent: Double) -> Change? {
        if extent > largest {
            largest = extent
            return change
        }
        guard distances.mean.count > Double(warmUp) else { return change }
        let ratio = extent / largest
        if ratio < beta { return .drift }
        return ratio < alpha ? .warning : nil
    }
}
