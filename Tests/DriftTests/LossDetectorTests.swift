import Drift
import Foundation
import Testing

@Suite struct LossDetectorTests {
    @Test(arguments: LossDetector.Kind.allCases)
    func `a detector by name is the one with the defaults`(kind: LossDetector.Kind) throws {
        var detector = LossDetector(kind)
        var expected = try #require(goldenDetectors[kind.rawValue])
        for loss in DetectorGolden.losses(of: "errors, recurring") {
            try #require(detector.observe(loss) == expected.observe(loss))
        }
        #expect(figures(detector.detector) == figures(expected))
        #expect(detector.ignoredCount == 0)
    }

    @Test(arguments: LossDetector.Kind.allCases)
    func `a checkpoint keeps the detector and what it ignored`(kind: LossDetector.Kind) throws {
        let losses = DetectorGolden.losses(of: "errors, recurring")
        var detector = LossDetector(kind)
        for loss in losses.prefix(1000) { _ = detector.observe(loss) }
        for loss in [Double.nan, .infinity, -.infinity] { #expect(detector.observe(loss) == nil) }

        var restored = try JSONDecoder().decode(LossDetector.self, from: JSONEncoder().encode(detector))
        #expect(restored.kind == kind)
        #expect(restored.ignoredCount == 3)
        for loss in losses.dropFirst(1000) { try #require(detector.observe(loss) == restored.observe(loss)) }
        #expect(figures(detector.detector) == figures(restored.detector))
    }

    @Test func `a checkpoint that is none is an error`() {
        for text in ["", "{}", #"{"kind":"adwin","state":{},"ignored":0}"#, #"{"kind":"cusum","state":{}}"#] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(LossDetector.self, from: Data(text.utf8))
            }
        }
    }

    @Test func `what is no loss is counted`() {
        var (ddm, adwin) = (LossDetector(.ddm), LossDetector(.adwin))
        for loss in [0, 1, 0.5, -0.0, 1.5, -1, .nan, .infinity] {
            _ = ddm.observe(loss)
            _ = adwin.observe(loss)
        }
        #expect(ddm.ignoredCount == 4)
        #expect(adwin.ignoredCount == 2)
    }
}
