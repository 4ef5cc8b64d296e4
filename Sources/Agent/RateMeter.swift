/// How fast a counter grows, from looks at it.
struct RateMeter {
    /// Looks are remembered for so long.
    static let span = Duration.seconds(10)

    private var looks: [(time: ContinuousClock.Instant, count: UInt64)] = []

    /// A counter that fell began anew.
    mutating func note(_ count: UInt64, at time: ContinuousClock.Instant) {
        if let last = looks.last, count < last.count { looks = [] }
        looks.removeAll { time - $0.time > RateMeter.span }
        looks.append((time, count))
    }

    /// `nil` until there are two looks.
    var perSecond: Double? {
        guard let first = looks.first, let last = looks.last, last.time > first.time else { return nil }
        return Double(last.count - first.count) / ((last.time - first.time) / .seconds(1))
    }
}
