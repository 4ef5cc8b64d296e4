import Statistics
import Testing

@Suite struct CUPEDTests {
    @Test func `slope, difference, variance and interval are gbstats'`() throws {
        for example in sequentialGolden.cuped {
            let pairs = zip(example.x, example.y).map { (x: $0, y: $1) }
            let found = try #require(
                CUPED(
                    champion: CoMoments(pairs[..<example.first]),
                    candidate: CoMoments(pairs[example.first...])))
            let test = MixtureSPRT(alpha: 0.05, mixture: example.rho * example.rho)
            let expected = [example.interval[0], example.difference, example.interval[1]]
            #expect(
                isClose([found.slope, found.difference.variance], [example.theta, example.variance]))
            #expect(isClose(test.interval(found.difference).figures, expected))
            #expect(found.varianceReduction > 0.2)
        }
    }

    @Test func `a covariate that never varies changes nothing`() throws {
        let pairs = (0..<80).map { (x: 2.0, y: Double($0 % 7)) }
        let found = try #require(CUPED(champion: CoMoments(pairs[..<40]), candidate: CoMoments(pairs[40...])))
        #expect(found.slope == 0 && found.varianceReduction == 0)
    }

    @Test func `nothing is said of 39 rows`() {
        let few = CoMoments((0..<39).map { (x: Double($0), y: Double($0 % 5)) })
        #expect(CUPED(champion: few, candidate: few) == nil)
    }

    @Test func `an outcome that is the covariate has no variance left to compare by`() {
        let rows = CoMoments((0..<60).map { (x: Double($0), y: Double($0)) })
        #expect(CUPED(champion: rows, candidate: rows) == nil)
    }
}
