import Foundation
import Statistics
import Testing

/// See tools/golden/cbpe.py.
private struct Golden: Decodable {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let reference_scores, scores, calibrated: [Double]
        let reference_labels, predicted: String
        let estimates: [String: Double]

        var testDescription: String { name }

        var calibration: ScoreCalibration? {
            var outcomes = BinaryOutcomes()
            for (score, label) in zip(reference_scores, reference_labels) {
                outcomes.append(isPositive: label == "1", score: score, predicted: nil)
            }
            return ScoreCalibration(outcomes)
        }

        var predictions: [ConfidenceBasedEstimate.Prediction] {
            zip(scores, predicted).map { .init(score: $0, predicted: $1 == "1") }
        }
    }

    let cases: [Case]
}

private let cases = try! golden("cbpe", as: Golden.self).cases

@Suite struct ConfidenceBasedEstimateTests {
    @Test(arguments: cases)
    fileprivate func `estimates are NannyML's`(example: Golden.Case) throws {
        let calibration = try #require(example.calibration)
        for (score, expected) in zip(example.scores, example.calibrated) {
            #expect(isClose(calibration.probability(ofScore: score), expected, within: 1e-12))
        }
        let estimate = ConfidenceBasedEstimate(example.predictions, calibration: calibration)
        for metric in PerformanceMetric.allCases where metric != .calibrationError {
            let (found, expected) = (estimate.values[metric], example.estimates[metric.rawValue])
            if let found, let expected {
                #expect(isClose(found, expected, within: 1e-6), "\(metric): \(found), not \(expected)")
            } else {
                #expect(found == nil && expected == nil, "\(metric)")
            }
        }
    }

    @Test(arguments: cases)
    fileprivate func `a calibration survives its file`(example: Golden.Case) throws {
        let calibration = try #require(example.calibration)
        let file = try JSONEncoder().encode(calibration)
        #expect(try JSONDecoder().decode(ScoreCalibration.self, from: file) == calibration)
    }

    @Test(arguments: [
        #"{"scores":[],"probabilities":[]}"#, #"{"scores":[0.1],"probabilities":[1.5]}"#,
        #"{"scores":[0.1,0.2],"probabilities":[0.5]}"#, #"{"scores":[0.2,0.1],"probabilities":[0.1,0.5]}"#,
        #"{"scores":[0.1,0.2],"probabilities":[0.5,0.1]}"#,
    ])
    func `a file that holds no calibration is refused`(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ScoreCalibration.self, from: Data(json.utf8))
        }
    }

    @Test func `rows without a score are left out and counted`() throws {
        let calibration = try #require(cases[0].calibration)
        let estimate = ConfidenceBasedEstimate(
            [.init(score: nil, predicted: true), .init(score: .nan, predicted: true)],
            calibration: calibration)
        #expect(estimate.rows == 2)
        #expect(estimate.unscored == 2)
        #expect(estimate.values.isEmpty)
    }

    @Test func `nothing is learned from no labels`() {
        #expect(ScoreCalibration(BinaryOutcomes()) == nil)
        var outcomes = BinaryOutcomes()
        outcomes.append(isPositive: true, score: .infinity, predicted: nil)
        #expect(ScoreCalibration(outcomes) == nil)
    }

    @Test func `where scores keep their promise the expected calibration error is nothing`() throws {
        var outcomes = BinaryOutcomes()
        for row in 0..<20 { outcomes.append(isPositive: row < 5, score: 0.25, predicted: nil) }
        for row in 0..<20 { outcomes.append(isPositive: row < 15, score: 0.75, predicted: nil) }
        let calibration = try #require(ScoreCalibration(outcomes))
        func expectedError(_ score: Double) -> Double? {
            ConfidenceBasedEstimate([.init(score: score, predicted: nil)], calibration: calibration)
                .values[.calibrationError]
        }
        #expect(isClose(expectedError(0.25) ?? .nan, 0, within: 1e-15))
        #expect(isClose(expectedError(1) ?? .nan, 0.25, within: 1e-15))
    }
}
