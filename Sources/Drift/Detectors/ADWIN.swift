import Glibc

/// Adaptive windowing: keeps the longest recent window within which no cut separates two means.
///
/// The window of n losses is cut, between buckets, into n₀ older and n₁ newer ones, and has changed when for
/// some cut |μ₀ − μ₁| > ε, with
///
///     ε = √(2 m σ² δ') + ⅔ m δ',   δ' = ln(2 ln(n) / δ),   m = 1/(n₀ − l + 1) + 1/(n₁ − l + 1),
///
/// σ² the window's variance and l the least length of either side. It holds O(log n) buckets: at most M of
/// each size 2ⁱ, and when there is one more, the two oldest become one of the next size.
///
/// A. Bifet, R. Gavaldà, "Learning from Time-Changing Data with Adaptive Windowing", SIAM International
/// Conference on Data Mining, 2007.
package struct ADWIN: ChangeDetector {
    package static let domain = ClosedRange<Double>.anyLoss

    private let delta: Double
    private let clock: Int
    private let maximumBuckets: Int
    private let minimumLength: Double
    private let gracePeriod: Double

    package var change: Change?
    /// The window's size, sum and sum of squared deviations from the mean.
    private var count = 0.0
    private var total = 0.0
    private var squares = 0.0
    /// `levels[i]` holds the buckets of 2ⁱ losses, the oldest first.
    private var levels: [[Bucket]] = []
    private var observations = 0

    private struct Bucket: Codable, Equatable {
        var total: Double
        var squares: Double
    }

    /// - Parameters:
    ///   - delta: the level of each test, in (0, 1).
    ///   - clock: losses from one test of the window to the next.
    ///   - maximumBuckets: buckets of a size, at least 2.
    ///   - minimumLength: the least length of either side of a cut.
    ///   - gracePeriod: a window no longer than this is not tested.
    package init(
        delta: Double = 0.002, clock: Int = 32, maximumBuckets: Int = 5, minimumLength: Int = 5,
        gracePeriod: Int = 10
    ) {
        precondition(delta > 0 && delta < 1, "a level lies between 0 and 1")
        precondition(clock >= 1 && maximumBuckets >= 2 && minimumLength >= 1, "nothing to cut")
        (self.delta, self.clock, self.maximumBuckets) = (delta, clock, maximumBuckets)
        (self.minimumLength, self.gracePeriod) = (Double(minimumLength), Double(gracePeriod))
    }

    package var width: Int { Int(count) }
    package var mean: Double { count == 0 ? 0 : total / count }
    package var variance: Double { count == 0 ? 0 : squares / count }

    package mutating func reset() {
        (count, total, squares) = (0, 0, 0)
        (levels, observations) = ([], 0)
    }

    package mutating func step(_ loss: Double) -> Change? {
        insert(loss)
        observations += 1
        guard observations.isMultiple(of: clock), count > gracePeriod else { return nil }
        var change: Change?
        while hasChanged() {
            dropOldest()
            change = .drift
        }
        return change
    }

    private mutating func insert(_ loss: Double) {
        if levels.isEmpty { levels.append([]) }
        levels[0].append(Bucket(total: loss, squares: 0))
        if count > 0 {
            let deviation = loss - total / count
            squares += count * deviation * deviation / (count + 1)
        }
        count += 1
        total += loss
        compress()
    }

    private mutating func compress() {
        var level = 0
        while levels[level].count > maximumBuckets {
            let merged = merge(levels[level][0], levels[level][1], of: size(level))
            levels[level].removeFirst(2)
            level += 1
            if level == levels.count { levels.append([]) }
            levels[level].append(merged)
        }
    }

    private func merge(_ a: Bucket, _ b: Bucket, of size: Double) -> Bucket {
        let distance = a.total / size - b.total / size
        return Bucket(
            total: a.total + b.total, squares: a.squares + b.squares + size * 0.5 * distance * distance)
    }

    private mutating func dropOldest() {
        let last = levels.count - 1
        let bucket = levels[last].removeFirst()
        if levels[last].isEmpty { levels.removeLast() }
        let size = size(last)
        count -= size
        total -= bucket.total
        let distance = bucket.total / size - total / count
        squares -= bucket.squares + size * count * distance * distance / (size + count)
    }

    private func hasChanged() -> Bool {
        let logarithm = log(2 * log(count) / delta)
        var (older, newer) = (0.0, count)
        var (olderTotal, newerTotal) = (0.0, total)
        for level in levels.indices.reversed() {
            let size = size(level)
            for bucket in levels[level] {
                (older, newer) = (older + size, newer - size)
                (olderTotal, newerTotal) = (olderTotal + bucket.total, newerTotal - bucket.total)
                guard newer >= minimumLength else { return false }
                let distance = abs(olderTotal / older - newerTotal / newer)
                if older >= minimumLength, distance > bound(older, newer, logarithm) { return true }
            }
        }
        return false
    }

    /// ε of the cut.
    private func bound(_ older: Double, _ newer: Double, _ logarithm: Double) -> Double {
        let m = 1 / (older - minimumLength + 1) + 1 / (newer - minimumLength + 1)
        return (2 * m * (squares / count) * logarithm).squareRoot() + 2.0 / 3.0 * logarithm * m
    }
}

/// How many losses a bucket of a level stands for.
private func size(_ level: Int) -> Double { Double(1 << level) }
