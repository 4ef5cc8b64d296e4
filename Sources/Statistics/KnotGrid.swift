/// Equal buckets of the real line, and how many knots lie before each: where a search among knots begins.
///
/// A value comes after the knots of all earlier buckets and before those of all later ones, for every step of
/// `bucket(of:)` is monotone. So a search need only be long enough for the fullest bucket.
struct KnotGrid: Sendable {
    /// A bucket more for each knot gains nothing; more than this crowd the processor's cache.
    private static let mostBuckets = 4096

    let low: Double
    let scale: Double
    let lastBucket: Double
    /// How many knots lie before each bucket.
    let starts: [UInt32]
    /// Steps of a binary search that tells apart the ranks within any bucket.
    let steps: Int

    /// - Parameter knots: ascending.
    init(_ knots: [Double]) {
        // The outermost knots may lie far out, and would leave all others in one bucket.
        let candidates = [1024, 128, 32, 8].map { KnotGrid(knots, trimming: knots.count / $0) }
        self = candidates.min { $0.steps < $1.steps } ?? candidates[0]
    }

    private init(_ knots: [Double], trimming trim: Int) {
        var buckets = 1
        while buckets < min(knots.count, KnotGrid.mostBuckets) { buckets *= 2 }
        let finite = knots.filter(\.isFinite)
        let inner = finite.dropFirst(trim).dropLast(trim)
        let width = (inner.last ?? 0) / 2 - (inner.first ?? 0) / 2
        low = inner.first ?? 0
        scale = width > 0x1p-500 && width < 0x1p500 ? Double(buckets) / width / 2 : 0
        lastBucket = Double(buckets - 1)
        var starts = [UInt32](repeating: 0, count: buckets + 1)
        for knot in knots { starts[bucket(of: knot, low, scale, lastBucket) + 1] += 1 }
        let fullest = Int(starts.max() ?? 0)
        for i in 1...buckets { starts[i] += starts[i - 1] }
        self.starts = starts
        steps = Int.bitWidth - fullest.leadingZeroBitCount
    }
}

/// The bucket of a value; NaN belongs to the first. Adding 2⁵² leaves the rounded number in the lowest bits.
@inline(__always)
func bucket(of value: Double, _ low: Double, _ scale: Double, _ lastBucket: Double) -> Int {
    let place = (value - low) * scale
    let positive = place > 0 ? place : 0
    let inside = positive < lastBucket ? positive : lastBucket
    return Int(truncatingIfNeeded: (inside + 0x1p52).bitPattern & 0xFFFF)
}
