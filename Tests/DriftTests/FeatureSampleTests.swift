import Drift
import Statistics
import Testing

/// ∫ |F − G| of raw values, straight from the definition.
private func rawWasserstein(_ f: [Double], _ g: [Double]) -> Double {
    let points = (f + g).sorted()
    return zip(points, points.dropFirst()).reduce(0) { sum, gap in
        let (p, q) = (f.count { $0 <= gap.0 }, g.count { $0 <= gap.0 })
        return sum + (gap.1 - gap.0) * abs(Double(p) / Double(f.count) - Double(q) / Double(g.count))
    }
}

@Suite struct FeatureSampleTests {
    private static func distance(_ reference: [Double], _ window: [Double]) throws -> Wasserstein {
        let built = try Reference.of(.x(reference))
        guard case .numeric(let cells) = built.cells[0] else { throw ReferenceError.noRows }
        return try #require(
            built.samples(.x(window))[0].wasserstein(to: built.samples(built.profile)[0], cells))
    }

    @Test func `tails beyond the knots are measured to a step`() throws {
        var random = SplitMix64(1)
        let reference = (0..<200).map { _ in Double(random.below(11)) }
        for _ in 0..<50 {
            let window = (0..<100).map { _ in
                random.below(3) == 0 ? random.unit() * 100 - 50 : Double(random.below(11))
            }.filter { $0 <= 0 || $0 >= 10 || $0 == $0.rounded() }
            let found = try Self.distance(reference, window)
            let step = 10 / 0x1p28
            #expect(abs(found.distance - rawWasserstein(reference, window)) <= step)
            #expect(found.errorBound <= step)
        }
    }

    @Test func `values between knots are off by no more than the bound`() throws {
        var random = SplitMix64(2)
        for _ in 0..<50 {
            let reference = (0..<40).map { _ in Double(random.below(11)) }
            let window = random.normals(60, 5, 8)
            let found = try Self.distance(reference, window)
            #expect(abs(found.distance - rawWasserstein(reference, window)) <= found.errorBound + 1e-9)
            #expect(found.errorBound > 0 && found.errorBound < 0.5)
        }
    }

    @Test(arguments: [1e6, 1e308, -1e308])
    func `one absurd value counts as eight ranges away`(absurd: Double) throws {
        let reference = (0...100).map(Double.init)
        let found = try Self.distance(reference, reference + [absurd])
        // One of 102 values moves 800 or 900; the others keep their places but for their shares.
        #expect(found.distance > 7 && found.distance < 9)
        #expect(found.errorBound > 0.9 * (min(absurd.magnitude, 1e300) - 900) / 102)
    }

    @Test func `infinities have no place on the line`() throws {
        let reference = (0...100).map(Double.init)
        #expect(try Self.distance(reference, reference + [.infinity, -.infinity]).distance < 1e-12)
    }

    @Test func `a pool without a member is the pool of the others`() throws {
        let reference = try Reference.of(.x((0..<50).map { Double($0) }))
        var random = SplitMix64(3)
        let parts = (0..<4).map { _ in
            RowBatch.x(
                (0..<40).map { _ in [nil, .nan, .infinity, -9, 77, random.normal(25, 9)][random.below(6)] })
        }
        let samples = parts.map { reference.samples(reference.count([$0]))[0] }
        let rest = reference.samples(reference.count(Array(parts[1...])))[0]
        var pool = reference.samples(reference.count(parts))[0]
        #expect(pool.missingCount > rest.missingCount)
        let profile = reference.count(parts).features[0]
        #expect(pool.valueCount == profile.rows - profile.missing - profile.notANumber)
        #expect(pool.missingCount == profile.missing + profile.notANumber)
        pool = FeatureSample(reference.count(parts).features[0], cells: reference.cells[0])
        #expect(pool.counts - samples[0].counts == rest.counts)
    }
}
