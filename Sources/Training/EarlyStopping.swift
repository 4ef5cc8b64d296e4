/// Ends training when a measure has not bettered for some rounds, as Python's XGBoost does: the last metric, on the
/// holdout; better is strictly better; NaN never is.
struct EarlyStopping {
    let patience: Int
    private(set) var best: (round: Int, value: Double)?

    /// Metrics that are better when they are higher; their names may go on with `@`.
    private static let rising: Set<Substring> = ["auc", "aucpr", "pre", "map", "ndcg"]

    init(patience: Int) {
        precondition(patience > 0, "stopping needs at least a round to wait")
        self.patience = patience
    }

    /// Whether training ends after this round.
    mutating func observe(_ value: Double, of metric: String, round: Int) -> Bool {
        let name = metric.split(separator: "@").first ?? ""
        let isBetter = best.map { EarlyStopping.rising.contains(name) ? value > $0.value : value < $0.value }
        if isBetter ?? !value.isNaN { best = (round, value) }
        return round - (best?.round ?? -1) >= patience
    }
}
