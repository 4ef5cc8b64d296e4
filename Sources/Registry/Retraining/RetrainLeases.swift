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
    /// Too little was known to tell whether a version may serve. That is no setback.
    case undecided(version: Int64, run: String, reason: String)
    case failed(run: String?, reason: String)
}

extension Registry {
    /// A request that was taken up so often and never ended has failed.
    static let trainingAttempts: Int64 = 3

    /// Gives a worker a request that is accepted.
    ///
    /// - Parameter duration: until the lease, unless renewed, lets another worker try.
    /// - Returns: `nil` when it is not accepted, or not any more.
    package func leaseRetrainRequest(
        _ id: String, to worker: String, for duration: Duration, by actor: Actor
    ) async throws -> RetrainLease? {
        try await change(by: actor) { try $0.lease(id, to: worker, for: duration) }
    }

    /// Those that a worker may take, the oldest first.
    package func acceptedRetrainRequests() async throws -> [RetrainRecord] {
        try await read { try RetrainRecord.all(of: nil, in: [.accepted], limit: .max, $0).reversed() }
    }

    /// Says why a request that may be taken is not, in a sentence.
    package func explain(_ id: String, _ reason: String, by actor: Actor) async throws {
        let known = try await retrainRequest(id)
        guard known.state == .accepted, known.reason != reason else { return }
        try await change(by: actor) { change in
            try change.execute(
                "UPDATE retrain_request SET reason = ? WHERE id = ? AND state = 'accepted'", [reason, id])
            try change.record("retrain.explain", id, reason)
        }
    }

    /// Whether a worker still has a request.
    package func holds(_ lease: RetrainLease) async throws -> Bool {
        try await read { database in
            try String.fetchOne(
                database, sql: "SELECT lease FROM retrain_request WHERE id = ? AND state = 'running'",
                arguments: [lease.record.id]) == lease.token
        }
    }

    /// Says which run a training makes.
    package func note(run: String, of lease: RetrainLease, by actor: Actor) async throws {
        try await change(by: actor) { change in
            let record = try change.held(lease)
            try change.execute("UPDATE retrain_request SET run = ? WHERE id = ?", [run, record.id])
            try change.record("retrain.run", record.id, run)
        }
    }

    /// Says how far a training is, in a sentence.
    package func note(_ step: String, of lease: RetrainLease, by actor: Actor) async throws {
        try await change(by: actor) { change in
            let record = try change.held(lease)
            try change.execute("UPDATE retrain_request SET reason = ? WHERE id = ?", [step, record.id])
            try change.record("retrain.step", record.id, step)
        }
    }

    /// Hands a request back that the worker did not get to the end of, through no fault of the training's: it does not
    /// count as an attempt.
    package func release(_ lease: RetrainLease, _ reason: String, by actor: Actor) async throws {
        try await change(by: actor) { try $0.release($0.held(lease), reason) }
    }

    /// Takes a request back because a person has cancelled its training.
    package func cancel(_ lease: RetrainLease, _ reason: String, by actor: Actor) async throws {
        try await change(by: actor) { [retrainRules] change in
            let record = try change.held(lease)
            try change.move(record, to: .cancelled, reason.truncated(to: 1000))
            try change.settleRetraining(of: record.model, retrainRules)
        }
    }

    /// Hands a request back because something went wrong that the training is not to blame for. It counts as an attempt,
    /// of which there are three.
    package func takeBack(_ lease: RetrainLease, _ reason: String, by actor: Actor) async throws {
        try await change(by: actor) { [retrainRules] change in
            let record = try change.held(lease)
            try change.takeBack(record, reason.truncated(to: 1000))
            try change.settleRetraining(of: record.model, retrainRules)
        }
    }

    /// Hands back all that a worker holds: it has ended, and begins anew.
    ///
    /// - Returns: how many.
    package func releaseRetrainRequests(
        heldBy worker: String, _ reason: String, by actor: Actor
    ) async throws -> Int {
        let held = try await read { database in
            try RetrainRecord.all(of: nil, in: [.running], limit: .max, database).filter {
                $0.worker == worker
            }
        }
        guard !held.isEmpty else { return 0 }
        try await change(by: actor) { change in
            for record in held { try change.takeBack(record, reason) }
        }
        return held.count
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

extension Registry {
    /// Ends a request that somebody else trained for, whom no lease is given to.
    ///
    /// - Throws: `RegistryError` of kind `conflict` when it is not accepted, `notFound` for a version that is not there.
    package func finishRetrainRequest(
        _ id: String, _ outcome: RetrainOutcome, by actor: Actor
    ) async throws -> RetrainRecord {
        try await change(by: actor) { [retrainRules] change in
            let record = try RetrainRecord.withID(id, change.database)
            guard record.state == .accepted else {
                throw RegistryError.conflict(
                    "Retrain request \(id) is \(record.state.rawValue): only one that is accepted, and that no worker "
                        + "has taken, is finished by hand.")
            }
            let version = try outcome.version.map { try ModelVersion.of(record.model, $0, change.database) }
            try change.end(record, outcome)
            if case .candidate = outcome, let version {
                try change.execute(
                    "UPDATE retrain_request SET reason = ?, run = ? WHERE id = ?",
                    ["version \(version.version), says \(actor.name)", outcome.run ?? version.run, id])
            }
            try change.settleRetraining(of: record.model, retrainRules)
            return try RetrainRecord.withID(id, change.database)
        }
    }
}

extension RetrainOutcome {
    /// Of a candidate, where one is named.
    fileprivate var run: String? {
        guard case .candidate(_, let run) = self, !run.isEmpty else { return nil }
        return run
    }

    fileprivate var version: Int64? {
        switch self {
        case .candidate(let version, _): version
        case .rejected(let version, _, _): version
        case .undecided(let version, _, _): version
        case .failed: nil
        }
    }
}

extension Change {
    fileprivate func lease(
        _ id: String, to worker: String, for duration: Duration
    ) throws -> RetrainLease? {
        let record = try RetrainRecord.withID(id, database)
        guard record.state == .accepted else {
            try self.record("retrain.lease", worker, "\(id) is \(record.state.rawValue)")
            return nil
        }
        try move(record, to: .running, "\(worker) trains")
        try execute(
            "UPDATE retrain_request SET worker = ?, attempts = attempts + 1 WHERE id = ?",
            [worker, record.id])
        try self.record("retrain.lease", record.id, worker)
        return try hold(record.id, Identifier.random(), for: duration)
    }

    fileprivate func hold(_ id: String, _ token: String, for duration: Duration) throws -> RetrainLease {
        let expires = time + duration.components.seconds * 1000
        try execute(
            "UPDATE retrain_request SET lease = ?, lease_until = ? WHERE id = ?", [token, expires, id])
        return RetrainLease(record: try .withID(id, database), token: token, expires: expires)
    }

    /// The request that a lease is for, if it still holds.
    func held(_ lease: RetrainLease) throws -> RetrainRecord {
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

    func end(_ record: RetrainRecord, _ outcome: RetrainOutcome) throws {
        switch outcome {
        case .candidate(let version, let run):
            try move(record, to: .candidate, "version \(version) passed the gate")
            try note(record.id, version: version, run: run)
            try execute("DELETE FROM retrain_setback WHERE model = ?", [record.model])
        case .rejected(let version, let run, let reason):
            try move(record, to: .rejected, reason)
            try note(record.id, version: version, run: run)
            try countSetback(of: record.model)
        case .undecided(let version, let run, let reason):
            try move(record, to: .rejected, reason)
            try note(record.id, version: version, run: run)
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

    fileprivate func takeBack(_ record: RetrainRecord, _ reason: String? = nil) throws {
        let worker = record.worker ?? "its worker"
        guard record.attempts >= Registry.trainingAttempts else {
            return try move(record, to: .accepted, reason ?? "\(worker) was not heard of any more")
        }
        let reason =
            reason.map { "\(record.attempts) attempts came to nothing: \($0)" }
            ?? "\(record.attempts) workers took it up and were not heard of any more"
        try end(record, .failed(run: record.run, reason: reason))
    }

    fileprivate func release(_ record: RetrainRecord, _ reason: String) throws {
        try move(record, to: .accepted, reason)
        try execute(
            """
            UPDATE retrain_request SET lease = NULL, lease_until = NULL, attempts = attempts - 1 WHERE id = ?
            """, [record.id])
    }

    private func hasExpired(_ id: String) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT lease_until <= ? FROM retrain_request WHERE id = ?", arguments: [time, id])
            ?? true
    }
}
