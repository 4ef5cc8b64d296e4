import Capture
import Drift
import Rollouts
import Synchronization

/// The losses of one cluster's rows, as the captured rows have them.
struct ClusterLosses: Sendable {
    private let arms: RolloutArms
    private let scoring: AnswerScoring
    private let metrics: Set<RolloutMetric>
    private(set) var sums: [SumKey: ValueSum] = [:]
    /// Rows in arms, in the order of their time.
    private(set) var places: [LabelledPlace] = []
    private let keepsPlaces: Bool

    /// - Parameter keepsPlaces: whether the rows' units are wanted too.
    init(_ arms: RolloutArms, _ scoring: AnswerScoring, keepsPlaces: Bool) {
        (self.arms, self.scoring, self.keepsPlaces) = (arms, scoring, keepsPlaces)
        metrics = Set(arms.comparison.metrics.filter(\.needsLabels))
    }

    mutating func add(_ row: LabelledRow) {
        guard case .compared(let arm, let stage)? = arms.place(of: row) else { return }
        if keepsPlaces { places.append(LabelledPlace(unit: row.unit, arm: arm, time: row.time)) }
        var losses = scoring.losses(
            score: row.score, class: row.class, truth: row.label, probability: row.probability)
        losses[.positive] = scoring.positive(row.label)
        let cluster = arms.comparison.cluster(at: row.time)
        for (metric, loss) in losses where metrics.contains(metric) && loss.isFinite {
            sums[
                SumKey(stage: stage, arm: arm, metric: metric, cluster: cluster), default: ValueSum()] += loss
        }
    }
}

extension RolloutArms {
    /// `nil` of a row that has no answer to be held against its label.
    func place(of row: LabelledRow) -> Place? {
        guard row.score != nil || row.class != nil else { return nil }
        return place(version: row.version, unit: row.unit, time: row.time)
    }
}

/// Rows whose label has just met them, until the evidence takes them. Bounded: beyond, what is stored is looked through.
final class LabelledRows: Sendable {
    struct Content: Sendable {
        var rows: [LabelledRow] = []
        /// There were more.
        var isIncomplete = false
    }

    private static let capacity = 50_000
    private let content = Mutex(Content())

    func add(_ rows: [LabelledRow]) {
        content.withLock { content in
            let room = LabelledRows.capacity - content.rows.count
            content.rows += rows.prefix(room)
            content.isIncomplete = content.isIncomplete || rows.count > room
        }
    }

    func take() -> Content {
        content.withLock { content in
            defer { content = Content() }
            return content
        }
    }
}
