import Statistics
import Testing

/// A seeded stream, so that a failure can be looked at again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return mix(state &- 0x9E37_79B9_7F4A_7C15)
    }
}

extension SeededGenerator {
    /// Values with heavy ties, gaps, both signs, and now and then an infinity.
    mutating func values(_ count: Int) -> [Double] {
        let spread = Double.random(in: 1...50, using: &self)
        let shift = Double.random(in: -20...20, using: &self)
        return (0..<count).map { _ in
            switch Int.random(in: 0..<200, using: &self) {
            case 0: .infinity
            case 1: -.infinity
            case ..<120: (Double.random(in: -1...1, using: &self) * spread + shift).rounded()
            default: Double.random(in: -1...1, using: &self) * spread + shift
            }
        }
    }
}

@Suite struct CellCountsTests {
    @Test func `a value is counted where a linear search finds it`() {
        var random = SeededGenerator(seed: 1)
        for size in [0, 1, 2, 3, 7, 8, 9, 255, 256, 4095] {
            let knots = Knots(of: random.values(max(size * 2, 1)).filter { _ in size > 0 })
            let values = random.values(333) + knots.values.prefix(20)
            var expected = [UInt32](repeating: 0, count: knots.cellCount)
            for value in values {
                let rank = knots.values.count { $0 < value }
                let isKnot = rank < knots.count && knots[rank] == value
                expected[2 * rank + (isKnot ? 1 : 0)] += 1
                #expect(knots.cell(of: value) == 2 * rank + (isKnot ? 1 : 0))
            }
            var found = [UInt32](repeating: 0, count: knots.cellCount)
            knots.count(values.span, into: &found)
            #expect(found == expected)
        }
    }

    @Test func `however knots are spread a value is counted where it belongs`() {
        let spreads: [[Double]] = [
            [],
            [7],
            [-.infinity, -1e300, -1, 0, .leastNonzeroMagnitude, 1, 1e300, .infinity],
            (-900...900).map { Double(sign: .plus, exponent: $0, significand: 1.5) },
            (0..<5000).map { 1 + Double($0) * 0x1p-52 },
            [-1e308] + (0...500).map { 1e308 + Double($0) * 1e294 },
        ]
        for knots in spreads.map(Knots.init(ascending:)) {
            let beside = knots.values.flatMap { [$0.nextDown, $0, $0.nextUp] }
            let values: [Double] = beside + [-.infinity, -0.0, 0, 1, 1e308, .infinity]
            var expected = [UInt32](repeating: 0, count: knots.cellCount)
            for value in values { expected[knots.cell(of: value)] += 1 }
            expected[0] += 1
            var found = [UInt32](repeating: 0, count: knots.cellCount)
            knots.count((values + [.nan]).span, into: &found)
            #expect(found == expected)
        }
    }

    @Test func `merging is exact, commutative and associative`() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<50 {
            let knots = Knots(of: random.values(100))
            let (a, b, c) = (random.values(70), random.values(30), random.values(11))
            let counts = [a, b, c].map(knots.counts)
            #expect((counts[0] + counts[1]) + counts[2] == counts[0] + (counts[1] + counts[2]))
            #expect(counts[0] + counts[1] == counts[1] + counts[0])
            #expect(counts[0] + counts[1] + counts[2] == knots.counts(a + b + c))
            #expect((counts[0] + counts[1]) - counts[1] == counts[0])
        }
    }

    @Test func `any split of a stream gives the same counts`() {
        var random = SeededGenerator(seed: 3)
        let knots = Knots(of: random.values(500))
        let stream = random.values(2000)
        let whole = knots.counts(stream)
        for _ in 0..<20 {
            var cells = [UInt32](repeating: 0, count: knots.cellCount)
            var start = 0
            while start < stream.count {
                let end = min(stream.count, start + Int.random(in: 1...97, using: &random))
                knots.count(stream.span.extracting(start..<end), into: &cells)
                start = end
            }
            #expect(CellCounts(cells.map(UInt64.init)) == whole)
        }
    }

    @Test func `D from cells equals D from raw values`() throws {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<300 {
            let reference = random.values(Int.random(in: 1...80, using: &random))
            let current = random.values(Int.random(in: 1...80, using: &random))
            let knots = Knots(of: reference)
            let ks = try #require(
                KolmogorovSmirnov(reference: knots.counts(reference), current: knots.counts(current)))
            #expect(isClose(ks.statistic, rawStatistic(reference, current), within: 1e-12))
        }
    }

    @Test func `with fewer knots than values D lies within its bound`() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let reference = random.values(200)
            let current = random.values(150)
            let all = Knots(of: reference)
            let kept = all.values.enumerated().filter { $0.offset % 5 == 0 || $0.offset == all.count - 1 }
            let knots = Knots(ascending: kept.map(\.element))
            let ks = try #require(
                KolmogorovSmirnov(reference: knots.counts(reference), current: knots.counts(current)))
            let exact = rawStatistic(reference, current)
            #expect(ks.statistic <= exact + 1e-12)
            #expect(exact <= ks.statistic + ks.errorBound + 1e-12)
        }
    }

    @Test func `with fewer knots than values Wasserstein lies within its bound`() throws {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<200 {
            let reference = random.values(200).filter(\.isFinite)
            let current = random.values(150).filter(\.isFinite)
            let (all, pooled) = (Knots(of: reference), Knots(of: reference, current))
            let kept = pooled.values.enumerated().filter {
                $0.offset % 7 == 0 || $0.offset == pooled.count - 1
            }
            let knots = Knots(ascending: kept.map(\.element))
            let rough = try #require(
                Wasserstein(.init(knots.counts(reference)), .init(knots.counts(current)), knots: knots))
            let exact = try #require(
                Wasserstein(.init(pooled.counts(reference)), .init(pooled.counts(current)), knots: pooled))
            #expect(abs(rough.distance - exact.distance) <= rough.errorBound + 1e-9)
            #expect(all.count <= pooled.count)
        }
    }
}

/// sup |F − G| over all values, straight from the definition.
private func rawStatistic(_ f: [Double], _ g: [Double]) -> Double {
    (f + g).map { x in
        abs(
            Double(f.count { $0 <= x }) / Double(f.count) - Double(g.count { $0 <= x }) / Double(g.count))
    }.max() ?? 0
}
