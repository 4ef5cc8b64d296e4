import Testing

@testable import Training

@Suite struct EarlyStoppingTests {
    @Test(
        arguments: [
            ("logloss", [0.9, 0.5, 0.6, 0.5, 0.4], 2, 3, 1), ("auc", [0.5, 0.7, 0.6, 0.7, 0.9], 2, 3, 1),
            ("aucpr", [0.5, 0.7, 0.6, 0.8, 0.7], 2, nil, 3), ("ndcg@5", [0.5, 0.4], 1, 1, 0),
            ("rmse", [.nan, 3.0, 2.0], 1, 0, nil), ("rmse", [3.0, .nan, .nan], 2, 2, 0),
        ] as [(String, [Double], Int, Int?, Int?)])
    func `training ends after rounds that are no better`(
        metric: String, values: [Double], patience: Int, end: Int?, best: Int?
    ) {
        var stopping = EarlyStopping(patience: patience)
        let ended = values.indices.first { stopping.observe(values[$0], of: metric, round: $0) }
        #expect(ended == end)
        #expect(stopping.best?.round == best)
    }
}
