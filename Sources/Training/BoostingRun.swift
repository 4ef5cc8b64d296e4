import XGBoost

/// A model that has learnt, as its file.
struct TrainedModel {
    var model: [UInt8]
    var rounds: Int
    /// After the last round that is kept, by `set-metric`.
    var metrics: [String: Double]
}

/// Round after round, until enough or no better.
struct BoostingRun {
    let job: TrainingJob
    let columns: [FeatureColumn]
    let parameters: [(name: String, value: String)]

    func train(_ sets: TrainingSets, _ report: (TrainingEvent) -> Void) throws -> TrainedModel {
        let named = sets.named
        _ = XGBoostLog.take()
        let booster = try Booster.untrained(
            columns: columns, parameters: parameters, matrices: named.map(\.matrix))
        var stopping = job.earlyStopping.map(EarlyStopping.init)
        var history: [[String: Double]] = []
        var heard: Set<String> = []
        for round in 0..<job.rounds {
            try booster.update(round: round, from: sets.training)
            for warning in try newWarnings(&heard) { report(.warning(warning)) }
            let measures = try booster.evaluate(round: round, on: named)
            history.append(Dictionary(measures.map { ("\($0.set)-\($0.metric)", $0.value) }) { $1 })
            report(.round(round, metrics: history[round]))
            if let last = measures.last,
                stopping?.observe(last.value, of: last.metric, round: round) ?? false
            {
                break
            }
        }
        let rounds = (stopping?.best?.round).map { $0 + 1 } ?? history.count
        return TrainedModel(
            model: try file(of: booster, rounds: rounds, trained: history.count), rounds: rounds,
            metrics: history[rounds - 1])
    }

    private func file(of booster: borrowing Booster, rounds: Int, trained: Int) throws(XGBoostError)
        -> [UInt8]
    {
        guard rounds < trained else { return try booster.saved(as: .ubj) }
        return try booster.keeping(rounds: rounds).saved(as: .ubj)
    }

    /// What XGBoost has not said before. Of a parameter that it does not know it only warns, and trains without it.
    private func newWarnings(_ heard: inout Set<String>) throws(DataProblem) -> [String] {
        let messages = XGBoostLog.take().filter { heard.insert($0).inserted }
        for message in messages where message.contains("Parameters: {") {
            let names = message.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }
            throw DataProblem(
                "\(job.parameters ?? "parameters"): XGBoost \(XGBoostLog.libraryVersion) does not use "
                    + listed(names.map { String($0.element) }))
        }
        return messages
    }
}
