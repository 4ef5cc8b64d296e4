/// Rows by ascending score, and where rows of one score begin and end.
struct RankedScores {
    /// Rows, by ascending score.
    let order: [Int]
    /// Positions in `order` of rows that share a score.
    let ties: [Range<Int>]

    /// - Precondition: no score is NaN.
    init(_ scores: [Double]) {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var ties: [Range<Int>] = []
        var start = 0
        for position in order.indices.dropFirst() where scores[order[position]] != scores[order[start]] {
            ties.append(start..<position)
            start = position
        }
        if !order.isEmpty { ties.append(start..<order.count) }
        (self.order, self.ties) = (order, ties)
    }
}
