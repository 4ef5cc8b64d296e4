/// Which arm of a rollout a unit (a user, a card, a request) belongs to: always the same one, wherever it is asked.
///
/// Every arm has a lane of buckets and takes it up from its lower end, so that nobody changes arms as shares grow: the
/// units of the candidates and of the control that they are compared with remain theirs, and new ones come from the rest,
/// which the champion serves and no comparison counts. A rollout has a seed of its own, or its units would be the last
/// one's.
package struct Assignment: Equatable, Sendable {
    package enum Arm: Hashable, Sendable {
        /// Served by the champion, outside the comparison.
        case rest
        /// Served by the champion, and compared.
        case control
        /// Served by candidate 0, 1, ….
        case candidate(Int)
    }

    package let seed: String
    package let lanes: Shares
    package let shares: Shares
    /// The control's first.
    private let ranges: [Range<Int>]
    private let start: FNV1a

    /// - Parameters:
    ///   - lanes: the largest shares that arms will ever have; these stay the same during a rollout.
    ///   - shares: the arms' present shares, none beyond its lane.
    package init(seed: String, lanes: Shares, shares: Shares) throws(AssignmentError) {
        guard lanes.candidates.count == shares.candidates.count else {
            throw .arms(lanes: lanes.candidates.count, shares: shares.candidates.count)
        }
        (self.seed, self.lanes, self.shares) = (seed, lanes, shares)
        start = FNV1a(seed)
        ranges = try Assignment.ranges(lanes.buckets, shares.buckets)
    }

    private static func ranges(_ lanes: [Int], _ taken: [Int]) throws(AssignmentError) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var first = 0
        for (lane, count) in zip(lanes, taken) {
            guard count <= lane else { throw .beyondLane(arm: ranges.count, share: count, lane: lane) }
            ranges.append(first..<first + count)
            first += lane
        }
        return ranges
    }

    package func arm(of unit: String) -> Arm { arm(at: bucket(of: unit)) }

    /// In 0 ..< 10,000.
    package func bucket(of unit: String) -> Int { bucketOf(start, unit) }

    private func arm(at bucket: Int) -> Arm {
        for index in ranges.indices where ranges[index].contains(bucket) {
            return index == 0 ? .control : .candidate(index - 1)
        }
        return .rest
    }

    package static let buckets = 10_000

    /// The bucket in 0 ..< 10,000 that GrowthBook's SDKs put a unit into, times 10,000 (their hash version 2): the FNV-1a
    /// hash of the decimal of the FNV-1a hash of seed and unit, modulo 10,000.
    package static func bucket(seed: String, unit: String) -> Int { bucketOf(FNV1a(seed), unit) }
}

private func bucketOf(_ seed: FNV1a, _ unit: String) -> Int {
    var hash = seed
    hash.add(unit)
    return Int(hash.ofDecimal % UInt32(Assignment.buckets))
}

extension Assignment.Arm: CustomStringConvertible {
    package var description: String {
        switch self {
        case .rest: "rest"
        case .control: "control"
        case .candidate(let index): "candidate \(index + 1)"
        }
    }
}

/// The parts of all units that the arms of a rollout get; the champion serves the rest.
package struct Shares: Codable, Equatable, Sendable {
    /// Served by the champion and compared with each candidate.
    package let control: Double
    package let candidates: [Double]

    /// - Parameters: whole ten-thousandths, together at most 1.
    package init(control: Double, candidates: [Double]) throws(AssignmentError) {
        for (arm, share) in ([control] + candidates).enumerated() {
            guard share >= 0, share <= 1 else { throw .share(share, arm: arm) }
            let buckets = share * Double(Assignment.buckets)
            guard abs(buckets - buckets.rounded()) < 1e-6 else { throw .tooFine(share, arm: arm) }
        }
        (self.control, self.candidates) = (control, candidates)
        guard buckets.reduce(0, +) <= Assignment.buckets else { throw .sum(candidates.reduce(control, +)) }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            control: container.decode(Double.self, forKey: .control),
            candidates: container.decode([Double].self, forKey: .candidates))
    }

    /// The control's first.
    var buckets: [Int] { ([control] + candidates).map { Int(($0 * Double(Assignment.buckets)).rounded()) } }
}

/// G. Fowler, L. C. Noll and K.-P. Vo's hash of 32 bits, over UTF-16 code units as JavaScript has them.
private struct FNV1a: Equatable {
    private(set) var value: UInt32 = 0x811C_9DC5

    init() {}
    init(_ text: String) { add(text) }

    mutating func add(_ text: String) {
        for unit in text.utf16 { add(unit) }
    }

    private mutating func add(_ unit: UInt16) { value = (value ^ UInt32(unit)) &* 0x0100_0193 }

    /// The hash of this hash in decimal digits, of which there are ten at most.
    var ofDecimal: UInt32 {
        var digits = InlineArray<10, UInt8>(repeating: 0)
        var (first, rest) = (digits.endIndex, value)
        repeat {
            first -= 1
            digits[first] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        } while rest > 0
        var hash = FNV1a()
        for index in first..<digits.endIndex { hash.add(UInt16(digits[index])) }
        return hash.value
    }
}
