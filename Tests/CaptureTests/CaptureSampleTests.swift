import Testing

@testable import Capture

struct CaptureSampleTests {
    /// The reference output of splitmix64.c (S. Vigna) for the seed 1234567.
    @Test func `rows of a request are hashed as SplitMix64 numbers them`() {
        let hashes = (0..<5).map { CaptureSample.hash(id: 1_234_567, index: $0) }
        #expect(
            hashes == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    /// By an implementation in Python, of FNV-1a as its authors describe it.
    @Test(
        arguments: [
            ("foobar", 0, 6_769_637_297_169_358_415), ("foobar", 3, 12_570_852_739_551_445_018),
            ("größe", 1, 12_564_687_333_740_848_656),
        ] as [(String, Int, UInt64)])
    func `a row's hash is the same wherever it is made`(id: String, index: Int, hash: UInt64) {
        #expect(CaptureSample.hash(id: id, index: index) == hash)
    }

    @Test(arguments: [1.0, 0.5, 0.1, 0.001, 1e-12, 0x1p-64])
    func `a sample has the rate it was made with`(rate: Double) {
        #expect((CaptureSample(rate: rate).rate / rate - 1).magnitude < 1e-6 || rate < 0x1p-60)
    }

    /// Ids that count up are what FNV-1a alone would not spread: 100,000 draws have a standard deviation of 95.
    @Test func `consecutive ids are drawn at the sample's rate`() {
        let sample = CaptureSample(rate: 0.1)
        let kept = (0..<100_000).count { sample.contains(CaptureSample.hash(id: "\($0)", index: 0)) }
        #expect((9_600...10_400).contains(kept))
    }

    @Test func `the rows of one request are drawn at the sample's rate`() {
        let sample = CaptureSample(rate: 0.1)
        let kept = (0..<100_000).count { sample.contains(CaptureSample.hash(id: "request", index: $0)) }
        #expect((9_600...10_400).contains(kept))
    }

    @Test func `a smaller sample is a part of a larger one`() {
        let (small, large) = (CaptureSample(rate: 0.05), CaptureSample(rate: 0.3))
        let hashes = (0..<10_000).map { CaptureSample.hash(id: "\($0)", index: 0) }
        #expect(hashes.allSatisfy { !small.contains($0) || large.contains($0) })
        #expect(CaptureSample.everything.halved.rate == 0.5)
        #expect(CaptureSample.everything.halved.halved.doubled == CaptureSample.everything.halved)
        #expect(CaptureSample.everything.doubled == .everything)
    }
}
