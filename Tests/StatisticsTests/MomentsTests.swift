import Statistics
import Testing

@Suite struct MomentsTests {
    @Test(arguments: 0..<50) func `moments of parts merge to those of the whole, in any order`(seed: UInt64) {
        var generator = SplitMix64(state: seed)
        let pairs = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
            (x: 1000 + generator.gaussian(), y: 5 * generator.uniform())
        }
        let cut = Int.random(in: 0...pairs.count, using: &generator)
        let whole = CoMoments(pairs)
        let parts = (CoMoments(pairs[..<cut]), CoMoments(pairs[cut...]))
        #expect(isClose(merged(parts.0, parts.1), figures(whole), within: 1e-9))
        #expect(isClose(merged(parts.1, parts.0), figures(whole), within: 1e-9))
    }

    private func merged(_ one: CoMoments, _ other: CoMoments) -> [Double] {
        var sum = one
        sum.merge(other)
        return figures(sum)
    }

    private func figures(_ moments: CoMoments) -> [Double] {
        [
            Double(moments.count), moments.x.mean, moments.y.mean, moments.x.squares, moments.y.squares,
            moments.products,
        ]
    }

    @Test func `variance and covariance are those of the definition`() throws {
        let moments = CoMoments([(x: 1, y: 2), (x: 2, y: 1), (x: 6, y: 9)])
        #expect(isClose([moments.x.variance, moments.y.variance, moments.covariance], [7, 19, 11]))
        #expect(isClose([moments.x.varianceOfMean], [7.0 / 3]))
    }

    @Test func `one value has no variance, none has a mean of 0`() {
        #expect(Moments([3]).variance == nil && Moments([3]).mean == 3)
        #expect(Moments() == Moments(EmptyCollection()) && Moments().variance == nil)
        #expect(CoMoments([(x: 1, y: 1)]).covariance == nil)
    }

    @Test func `10¹² values merge without overflow`() {
        var moments = Moments(count: 500_000_000_000, mean: 1, variance: 4)
        moments.merge(Moments(count: 500_000_000_000, mean: 3, variance: 4))
        #expect(moments.count == 1_000_000_000_000 && moments.mean == 2)
        #expect(isClose([moments.variance], [5]))
    }

    @Test func `what is not finite is refused`() async {
        await #expect(processExitsWith: .failure) {
            var moments = Moments()
            moments.add(.nan)
        }
        await #expect(processExitsWith: .failure) {
            var evidence = EValue()
            evidence.observe(.nan)
        }
    }
}
