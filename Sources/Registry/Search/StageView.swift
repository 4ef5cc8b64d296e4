import GRDB

/// Which records a search sees: those there, those deleted, or both.
package enum StageView: Sendable {
    case active, deleted, all

    func conditions(_ column: String) -> [SQL] {
        switch self {
        case .active: [SQL(sql: "\(column) = ?", arguments: [LifecycleStage.active.rawValue])]
        case .deleted: [SQL(sql: "\(column) = ?", arguments: [LifecycleStage.deleted.rawValue])]
        case .all: []
        }
    }
}
