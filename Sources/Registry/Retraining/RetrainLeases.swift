import GRDB

/// A worker's hold on a request: it trains, nobody else does, for as long as the lease is renewed.
package struct RetrainLease: Equatable, Sendable {
    package var record: RetrainRecord
    /// Tells this hold from those before it: a worker that was thought dead cannot end what another has taken up.
    package var token: String
    /// Milliseconds since 1970.
    package var expires: Int64
}

/// How a training ended.
package enum RetrainOutcome: Equatable, Sendable {
    /// A version passed the gate.
    case candidate(version: Int64, run: String)
    /// A version did not, and why.
    case rejected(version: Int64?, run: String?, reason: String)
    case failed(run: String?, reason: String)
}

extension Registry {
    /// A request that was taken up so often and never ended has failed.
    static let trainingAttempts: Int64 = 3

    /// Gives a worker the oldest request that is accepted, after deciding about those that wait.
    ///
    /// - Parameter duration: until the lease, unless renewed, lets another worker try.
    /// - Returns: `nil` when there is nothing to train.
    package func leaseRetrainRequest(
        to worker: String, for duration: Duration, by actor: Actor
    ) async throws -> RetrainLease? {
        try await settleRetrainRequests(by: actor)
        guard try await hasAcceptedRequests() else { return nil }
        return try await change(by: actor) { try $0.lease(to: worker, for: duration) }
    }

    private func hasAcceptedRequests() async throws -> Bool {
        try await read { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM retrain_request WHERE state = 'accepted')")
                ?? false
        }
    }

    /// - Throws: `RegistryError` of kind `conflict` when the lease has ended: the request was cancelled, or another
    ///   worker has it. The training is to stop.
    package func renew(
        _ lease: RetrainLease, for duration: Duration, by actor: Actor
    ) async throws -> RetrainLease {
        try await change(by: actor) { change in
            _ = try change.held(lease)
            return try change.hold(lease.record.id, lease.token, for: duration)
        }
    }

    package func finish(
        _ lease: RetrainLease, _ outcome: RetrainOutcome, by actor: Actor
    ) async throws -> RetrainRecord {
        try await change(by: actor) { [retrainRules] change in
            let record = try change.held(lease)
            try change.end(record, outcome)
            try change.settleRetraining(of: record.model, retrainRules)
            return try RetrainRecord.withID(record.id, change.database)
        }
    }
}

extension Change {
    fileprivate func lease(to worker: String, for duration: Duration) throws -> RetrainLease? {
        let oldest = try RetrainRecord.all(of: nil, in: [.accepted], limit: .max, database).last
        guard let record = oldest else {
            try self.record("retrain.lease", worker, "nothing to train")
            return nil
        }
        try move(record, to: .running, "\(worker) trains")
        try execute(
            "UPDATE retrain_request SET worker = ?, attempts = attempts + 1 WHERE id = ?",
            [worker, record.id])
        return try hold(record.id, Identifier.random(), for: duration)
    }

    fileprivate func hold(_ id: String, _ token: String, for duration: Duration) throws -> RetrainLease {
        let expires = time + duration.components.seconds * 1000
        try execute(
            "UPDATE retrain_request SET lease = ?, lease_until = ? WHERE id = ?", [token, expires, id])
        try record("retrain.lease", id)
        return RetrainLease(record: try .withID(id, database), token: token, expires: expires)
    }

    /// The request that a lease is for, if it still holds.
    fileprivate func held(_ lease: RetrainLease) throws -> RetrainRecord {
        let id = lease.record.id
        let token = try String.fetchOne(
            database, sql: "SELECT lease FROM retrain_request WHERE id = ? AND state = 'running'",
            arguments: [id])
        guard token == lease.token else {
            let now = try RetrainRecord.withID(id, database)
            throw RegistryError.conflict(
                "The lease on retrain request \(id) has ended: it is \(now.state.rawValue), \(now.reason).")
        }
        return try .withID(id, database)
    }

    fileprivate func end(_ record: RetrainRecord, _ outcome: RetrainOutcome) throws {
        switch outcome {
        case .candidate(let version, let run):
            try move(record, to: .candidate, "version \(version) passed the gate")
            try note(record.id, version: version, run: run)
            try execute("DELETE FROM retrain_setback WHERE model = ?", [record.model])
        case .rejected(let version, let run, let reason):
            try move(record, to: .rejected, reason)
            try note(record.id, version: version, run: run)
            try countSetback(of: record.model)
        case .failed(let run, let reason):
            try move(record, to: .failed, reason)
            try note(record.id, version: nil, run: run)
            try countSetback(of: record.model)
        }
    }

    private func note(_ id: String, version: Int64?, run: String?) throws {
        try execute(
            "UPDATE retrain_request SET version = ?, run = ?, lease = NULL, lease_until = NULL WHERE id = ?",
            [version, run, id])
    }

    private func countSetback(of model: String) throws {
        try execute(
            """
            INSERT INTO retrain_setback (model, count) VALUES (?, 1)
            ON CONFLICT DO UPDATE SET count = count + 1
            """, [model])
    }

    /// Lets others try what a worker has held for longer than it may.
    func returnExpiredLeases(of model: String) throws {
        let running = try RetrainRecord.all(of: model, in: [.running], limit: .max, database)
        for record in try running.filter({ try hasExpired($0.id) }) { try takeBack(record) }
    }

    private func takeBack(_ record: RetrainRecord) throws {
        let worker = record.worker ?? "its worker"
        guard record.attempts >= Registry.trainingAttempts else {
            return try move(record, to: .accepted, "\(worker) was not heard of any more")
        }
        let reason = "\(record.attempts) workers took it up and were not heard of any more"
        try end(record, .failed(run: record.run, reason: reason))
    }

    private func hasExpired(_ id: String) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT lease_until <= ? FROM retrain_request WHERE id = ?", arguments: [time, id])
            ?? true
    }
}
