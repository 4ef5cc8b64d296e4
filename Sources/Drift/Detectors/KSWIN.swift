import Statistics

/// Kolmogorov–Smirnov windowing: are the last r losses distributed as those before them in a window of n?
///
/// Against the last r stand r drawn without replacement from the n − r before, by a seeded generator; with
/// n = 2 r these are all of them and nothing is left to chance. A drift is a two-sample KS test with p ≤ α and
/// D > 0.1. It tests at every loss, so that a stream that has not changed alarms once in some 800 losses.
///
/// C. Raab, M. Heusinger, F.-M. Schleif, "Reactive Soft Prototype Computing for Concept Drift Streams",
/// Neurocomputing 416, 2020.
package struct KSWIN: ChangeDetector {
    package static let domain = ClosedRange<Double>.anyLoss

    private let windowSize: Int
    private let sampleSize: Int
    /// The least gap between the distributions, in losses of r, that is a drift.
    private let criticalGap: Int

    package var change: Change?
    /// The oldest first.
    private var window: [Double] = []
    private var randomState: UInt64
    private var gap = 0

    private static let leastStatistic = 0.1

    /// - Parameters:
    ///   - alpha: the level of each test, in (0, 1).
    ///   - windowSize: n, at least 2 r.
    ///   - sampleSize: r.
    package init(alpha: Double = 0.005, windowSize: Int = 100, sampleSize: Int = 30, seed: UInt64 = 0) {
        precondition(isLevel(alpha), "a level lies between 0 and 1")
        precondition(sampleSize >= 1 && windowSize / 2 >= sampleSize, "two samples fit into a window")
        (self.windowSize, self.sampleSize, randomState) = (windowSize, sampleSize, seed)
        criticalGap =
            (1...sampleSize).first {
                Double($0) / Double(sampleSize) > KSWIN.leastStatistic
                    && kolmogorovSmirnovPValue(gap: $0, ofEqualSizes: sampleSize) <= alpha
            } ?? sampleSize + 1
    }

    /// D of the last test; 0 before there was one.
    package var statistic: Double { Double(gap) / Double(sampleSize) }
    package var pValue: Double { kolmogorovSmirnovPValue(gap: gap, ofEqualSizes: sampleSize) }

    package mutating func reset() { (window, gap) = ([], 0) }

    package mutating func step(_ loss: Double) -> Change? {
        if window.count >= windowSize { window.removeFirst() }
        window.append(loss)
        guard window.count >= windowSize else { return nil }
        let earlier = drawEarlier().sorted()
        gap = largestGap(earlier.span, window.suffix(sampleSize).sorted().span)
        return gap >= criticalGap ? .drift : nil
    }

    /// Every loss before the last r is as likely as any other: it is chosen with the chance that those still to be
    /// drawn have among those still to be seen (D. E. Knuth, "The Art of Computer Programming" 2, 3.4.2, S).
    private mutating func drawEarlier() -> [Double] {
        let earlierCount = windowSize - sampleSize
        guard earlierCount > sampleSize else { return Array(window.prefix(earlierCount)) }
        var random = SplitMix64(state: randomState)
        var drawn: [Double] = []
        drawn.reserveCapacity(sampleSize)
        for index in 0..<earlierCount where drawn.count < sampleSize {
            let left = UInt64(earlierCount - index)
            if random.next().multipliedFullWidth(by: left).high < UInt64(sampleSize - drawn.count) {
                drawn.append(window[index])
            }
        }
        randomState = random.state
        return drawn
    }
}

/// The largest difference between two samples' counts of values up to a value; both ascending, of one size.
private func largestGap(_ a: Span<Double>, _ b: Span<Double>) -> Int {
    var (i, j, gap) = (0, 0, 0)
    while i < a.count, j < b.count {
        let value = min(a[i], b[j])
        while i < a.count, a[i] <= value { i += 1 }
        while j < b.count, b[j] <= value { j += 1 }
        gap = max(gap, abs(i - j))
    }
    return gap
}
