/// Watches a stream of losses, one by one, for a change of their distribution.
///
/// Every detector computes what river 0.26 computes, with river's defaults, step for step. Its whole state is its
/// value: written down and read back in the middle of a stream, it goes on as if nothing had happened.
package protocol ChangeDetector: Codable, Equatable, Sendable {
    /// The losses it takes in. Any other, NaN and infinities among them, leaves it as it was.
    static var domain: ClosedRange<Double> { get }

    /// Where the stream stands since the last loss taken in.
    var change: Change? { get set }

    /// Forgets every loss.
    mutating func reset()

    /// Takes in a loss of the domain.
    /// - Returns: where the stream stands with it.
    mutating func step(_ loss: Double) -> Change?
}

/// What a stream of losses may have undergone.
package enum Change: String, Codable, Sendable {
    /// It stands as long as the losses stay in the zone of warning.
    case warning
    /// It stands for one loss: with the next the detector starts afresh.
    case drift
}

extension ChangeDetector {
    /// Takes in a loss; one outside the domain changes nothing.
    /// - Returns: where the stream stands; `nil` as well for a loss that was not taken in.
    package mutating func observe(_ loss: Double) -> Change? {
        guard Self.domain.contains(loss) else { return nil }
        if change == .drift {
            reset()
            change = nil
        }
        change = step(loss)
        return change
    }
}

extension ClosedRange<Double> {
    /// Losses whose squares still add up: however many come, no sum of them overflows.
    package static let anyLoss = -1e100...1e100
    /// The share of an answer that is wrong: 1 is an error, 0 is none.
    package static let errorShare = 0.0...1.0
}
