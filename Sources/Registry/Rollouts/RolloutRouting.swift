import GRDB
import Rollouts

extension RolloutRoute {
    static func of(_ model: String, _ database: Database) throws -> RolloutRoute {
        let standing = try Standing.of(model, database)
        // Once the champion was moved by hand, everyone is the new one's, before a tick has ended the rollout.
        let live = try RolloutRecord.live(of: model, database).flatMap { record in
            record.state.isServing && record.state.champion == standing.champion ? record : nil
        }
        return RolloutRoute(
            model: model, epoch: standing.epoch + (try database.turns(of: model)),
            champion: standing.champion,
            rollout: live.flatMap { $0.state.comparison($0.policy) })
    }
}

extension Database {
    /// Decisions of all rollouts of a model: any of them may have changed who serves.
    fileprivate func turns(of model: String) throws -> Int64 {
        try Int64.fetchOne(
            cachedStatement(
                sql: """
                    SELECT count(*) FROM rollout_decision JOIN rollout ON rollout.id = rollout_decision.rollout
                    WHERE rollout.model = ?
                    """), arguments: [model]) ?? 0
    }
}
