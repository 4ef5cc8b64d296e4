import Drift
import Foundation
import Testing

@Suite struct KSWINTests {
    /// scipy 1.17: `ks_2samp` of 30 and 30 values with a largest gap of 13 gives p = 0.00655, of 14 p = 0.00253.
    @Test func `thirty losses against thirty drift at a gap of fourteen`() {
        for (gap, change) in [(13, nil), (14, .drift)] as [(Int, Change?)] {
            var detector = KSWIN(windowSize: 60, sampleSize: 30)
            let earlier = (0..<30).map(Double.init)
            let recent = (0..<30).map { Double($0 + gap) - 0.5 }
            let changes = (earlier + recent).map { detector.observe($0) }
            #expect(changes.dropLast().allSatisfy { $0 == nil })
            #expect(changes.last == change)
            #expect(detector.statistic == Double(gap) / 30)
        }
    }

    @Test func `the same seed draws the same, another seed another`() {
        func statistics(seed: UInt64) -> [Double] {
            var detector = KSWIN(seed: seed)
            return DetectorGolden.losses(of: "losses, no change").prefix(500).map {
                _ = detector.observe($0)
                return detector.statistic
            }
        }
        #expect(statistics(seed: 1) == statistics(seed: 1))
        #expect(statistics(seed: 1) != statistics(seed: 2))
    }

    @Test func `a level that no gap reaches never drifts`() {
        var detector = KSWIN(alpha: 1e-20, windowSize: 60, sampleSize: 30)
        let changes = (0..<600).map { detector.observe(Double($0)) }
        #expect(changes.allSatisfy { $0 == nil })
        #expect(detector.statistic == 1)
    }
}
