import Drift
import Foundation
import Statistics
import Testing

private let runs = DetectorGolden.file.runs
private let badLosses: [Double] = [
    .nan, .signalingNaN, .infinity, -.infinity, 1.0000001e100, -.greatestFiniteMagnitude,
]

@Suite struct ChangeDetectorTests {
    @Test(arguments: runs)
    func `every detector says what river says, loss by loss`(run: DetectorGolden.Run) throws {
        var detector = try #require(goldenDetectors[run.detector])
        var figuresByStep: [Int: [Double]] = [:]
        for statistics in run.statistics { figuresByStep[statistics.step] = statistics.figures }
        let changes = run.changes
        var differing: [Int] = []
        for (step, loss) in DetectorGolden.losses(of: run.series).enumerated() {
            if detector.observe(loss) != changes[step] { differing.append(step) }
            guard let expected = figuresByStep[step] else { continue }
            let found = figures(detector)
            #expect(found.count == expected.count)
            #expect(
                zip(found, expected).allSatisfy(isRelativelyClose), "step \(step): \(found), not \(expected)")
        }
        #expect(differing.isEmpty)
    }

    @Test(arguments: runs)
    func `written down and read back it goes on as before`(run: DetectorGolden.Run) throws {
        let detector = try #require(goldenDetectors[run.detector])
        try expectSurvival(of: detector, DetectorGolden.losses(of: run.series), drifts: run.drifts)
    }

    /// Restarts before the first loss, every 97 losses, and right after each of the first drifts.
    private func expectSurvival<Detector: ChangeDetector>(
        of detector: Detector, _ losses: [Double], drifts: [Int]
    ) throws {
        let restarts = Set(stride(from: 0, to: losses.count, by: 97)).union(drifts.prefix(5).map { $0 + 1 })
        var (whole, restarted) = (detector, detector)
        for (step, loss) in losses.enumerated() {
            if restarts.contains(step) {
                restarted = try JSONDecoder().decode(
                    Detector.self, from: JSONEncoder().encode(restarted))
            }
            try #require(whole.observe(loss) == restarted.observe(loss), "step \(step)")
        }
        #expect(whole == restarted)
    }

    @Test(arguments: goldenDetectors.keys.sorted())
    func `a loss that is no loss changes nothing`(name: String) throws {
        let clean = try #require(goldenDetectors[name])
        try expectIgnored(by: clean, badLosses, among: DetectorGolden.losses(of: "errors, recurring"))
    }

    @Test func `detectors of errors take no loss beyond 0 and 1`() throws {
        for detector in [DDM(), EDDM(), HDDMA(), HDDMW()] as [any ChangeDetector] {
            try expectIgnored(
                by: detector, [-.leastNonzeroMagnitude, 1.0.nextUp, -1, 2],
                among: DetectorGolden.losses(of: "errors, abrupt")
            )
        }
    }

    private func expectIgnored<Detector: ChangeDetector>(
        by detector: Detector, _ bad: [Double], among losses: [Double]
    ) throws {
        var (clean, disturbed) = (detector, detector)
        for (step, loss) in losses.enumerated() {
            let before = disturbed
            #expect(disturbed.observe(bad[step % bad.count]) == nil)
            try #require(disturbed == before)
            try #require(disturbed.observe(loss) == clean.observe(loss))
        }
        #expect(disturbed == clean)
    }

    @Test(arguments: goldenDetectors.keys.sorted())
    func `negative zero is zero`(name: String) throws {
        var zero = try #require(goldenDetectors[name])
        var negative = zero
        for loss in DetectorGolden.losses(of: "errors, recurring") {
            try #require(zero.observe(loss) == negative.observe(loss == 0 ? -0.0 : loss))
        }
        #expect(figures(zero) == figures(negative))
    }

    @Test(arguments: goldenDetectors.keys.sorted())
    func `the largest losses and the smallest leave every figure finite`(name: String) throws {
        var detector = try #require(goldenDetectors[name])
        let range = type(of: detector).domain
        let losses = [range.lowerBound, range.upperBound, 0, .leastNonzeroMagnitude]
        var random = SplitMix64(state: 7)
        for _ in 0..<20_000 {
            _ = detector.observe(losses.randomElement(using: &random) ?? 0)
            let areFinite = figures(detector).allSatisfy(\.isFinite)
            try #require(areFinite)
        }
    }
}

/// Equal to 9 digits, however small.
private func isRelativelyClose(_ a: Double, _ b: Double) -> Bool { a == b || abs(a - b) <= 1e-9 * abs(b) }
