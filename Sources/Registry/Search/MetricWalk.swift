import GRDB

/// The runs that have a number for the metric they are ordered by, read from that metric's index, so that a page costs
/// what it holds and not what the experiments hold. Numbers come first in either direction.
struct MetricWalk {
    let query: PageQuery
    /// No run without a number can match; else a last page may be short of such runs.
    let isWhole: Bool

    /// `nil` where the index is of no use: a metric is not what runs are ordered by first, or a filter might pass
    /// over most of what the index holds.
    init?(_ order: RunOrder, _ comparisons: [Comparison], _ conditions: [SQL]) {
        guard let (key, alias, direction) = order.leading else { return nil }
        let bounds = comparisons.compactMap { $0.bound(of: key, alias) }
        isWhole = !bounds.isEmpty
        guard isWhole || comparisons.isEmpty else { return nil }
        let numbers = SQL(sql: "\(alias).key = ? AND \(alias).is_nan = 0", arguments: [key])
        query = PageQuery(
            selection: SQL(
                sql: "SELECT run.id FROM latest_metric AS \(alias) CROSS JOIN run ON run.id = \(alias).run")
                + order.joins.dropFirst().joined(),
            conditions: [numbers] + bounds + conditions,
            order: [SQL(sql: "\(alias).value \(direction)")] + order.terms.dropFirst())
    }
}

extension Comparison {
    /// What it asks of the metric's value, where it is one that NaN does not pass.
    fileprivate func bound(of key: String, _ alias: String) -> SQL? {
        guard field.key == key, field.prefix == "metrics" || field.prefix == "metric", relation != .notEqual,
            case .number(let number) = operand?.value
        else { return nil }
        return SQL(sql: "\(alias).value \(relation.rawValue) ?", arguments: [number.real])
    }
}
