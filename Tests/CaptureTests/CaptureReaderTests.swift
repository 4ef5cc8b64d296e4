import Drift
import Testing

@testable import Capture

struct CaptureReaderTests {
    @Test func `a cohort has the answers of its span in order of time, and says how mature it is`()
        async throws
    {
        try await withStore { store in
            try await store.append(
                answers(["b"], 0.5, time: at(2)), answers(["a"], 0.25, time: at(1), version: nil))
            try await store.append(answers(["c"], 0.75, time: at(9)), inputs(["d"], time: at(1)))
            try await store.append(labels(["b"], 1))
            let cohort = try await store.reader.cohort(of: CaptureSpan(from: at(0), to: at(9)))
            #expect(cohort.times == [at(1), at(2)])
            #expect(cohort.scores == [0.25, 0.5])
            #expect(cohort.labels == [nil, .integer(1)])
            #expect(cohort.versions == [nil, "7"])
            #expect(
                cohort.maturity
                    == CaptureMaturity(rows: 2, labelled: 1, oldest: at(1), newest: at(2), sampleRate: 1))
            #expect(try await store.reader.versions(in: CaptureSpan()) == [nil: 1, "7": 2])
        }
    }

    @Test(arguments: [(9, 10, 5, true), (8, 10, 5, false), (8, 10, 178, true), (0, 0, 5, false)])
    func `a window is mature by its labels, or when its horizon has passed`(
        labelled: Int, rows: Int, hours: Int64, isMature: Bool
    ) {
        let maturity = CaptureMaturity(rows: rows, labelled: labelled, sampleRate: 1)
        #expect(maturity.isReached(CaptureLimits(), end: at(10), at: at(hours)) == isMature)
    }

    private static let scored = RowBatch(.predictions, ids: ["a"])
        .with("p[no]", .fp32, .real([0.25])).with("p[yes]", .fp32, .real([0.75]))

    @Test func `of probabilities the score is that of the positive class`() {
        var prediction = ModelSchema.Prediction(tensor: "p", kind: .probabilities, positive: "no")
        let schema = ModelSchema(task: .binary, features: [], prediction: prediction)
        let answer = AnswerReader(CaptureReaderTests.scored, schema: schema).read(
            CaptureReaderTests.scored, row: 0)
        #expect(answer == (0.25, "yes"))
        prediction.positive = nil
        let last = ModelSchema(task: .binary, features: [], prediction: prediction)
        #expect(
            AnswerReader(CaptureReaderTests.scored, schema: last).read(CaptureReaderTests.scored, row: 0)
                .score == 0.75)
    }

    @Test func `without a schema a real column is the score and another the class`() {
        let batch = RowBatch(.predictions, ids: ["a"])
            .with("label", .int64, .integer([3])).with("confidence", .fp32, .real([0.5]))
        #expect(AnswerReader(batch, schema: nil).read(batch, row: 0) == (0.5, "3"))
    }
}
