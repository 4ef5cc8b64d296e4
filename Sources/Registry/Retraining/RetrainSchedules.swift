package import Drift
import GRDB
package import Retraining

extension Registry {
    /// Proposes what schedules have due. A period is proposed once, whatever became of it; a model that is not registered is
    /// left alone.
    package func propose(
        due schedules: [RetrainSchedule], at now: Timestamp, by actor: Actor
    ) async throws {
        for request in schedules.map({ $0.request(at: now) }) where try await isNew(request) {
            _ = try await propose(request, by: actor)
        }
    }

    private func isNew(_ request: RetrainRequest) async throws -> Bool {
        try await read { database in
            let isRegistered = try Int.fetchOne(
                database, sql: "SELECT 1 FROM registered_model WHERE name = ?", arguments: [request.model])
            return try isRegistered != nil && RetrainRecord.find(request.id, database) == nil
        }
    }
}
