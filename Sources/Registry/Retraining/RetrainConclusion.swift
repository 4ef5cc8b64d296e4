/// A version that a training has made and the gate has judged, as the registry is to keep it.
package struct JudgedVersion: Sendable {
    package enum Verdict: Sendable {
        case passes, fails
        /// Too little is known.
        case open
    }

    package var origin: ModelVersion.Origin
    package var description: String
    package var tags: [Tag]
    /// The champion that it was held against; `nil` where there was none.
    package var rival: Int64?
    package var verdict: Verdict
    /// The verdict in a sentence.
    package var reason: String
    /// The SHA-256 of the gate's report.
    package var evidence: String

    package init(
        origin: ModelVersion.Origin, description: String = "", tags: [Tag] = [], rival: Int64?,
        verdict: Verdict,
        reason: String, evidence: String
    ) {
        (self.origin, self.description, self.tags) = (origin, description, tags)
        (self.rival, self.verdict, self.reason, self.evidence) = (rival, verdict, reason, evidence)
    }
}

extension Registry {
    /// Ends a training with what it has made, all of it or nothing: the version is there, one that passes is the
    /// candidate, or the first champion of its name, and the request has ended.
    ///
    /// - Throws: `RegistryError` of kind `conflict` when the lease has ended.
    package func conclude(
        _ lease: RetrainLease, with judged: JudgedVersion, by actor: Actor
    ) async throws -> RetrainRecord {
        try await change(by: actor) { [retrainRules] change in
            let record = try change.held(lease)
            try change.ensureModel(record.model)
            let version = try change.createVersion(
                of: record.model, from: judged.origin, judged.description, judged.tags)
            try change.end(record, try change.install(version, judged, for: record))
            try change.settleRetraining(of: record.model, retrainRules)
            return try RetrainRecord.withID(record.id, change.database)
        }
    }
}

extension Change {
    fileprivate func install(
        _ version: ModelVersion, _ judged: JudgedVersion, for record: RetrainRecord
    ) throws -> RetrainOutcome {
        let (number, run) = (version.version, version.run)
        switch judged.verdict {
        case .passes: break
        case .fails: return .rejected(version: number, run: run, reason: judged.reason)
        case .open: return .undecided(version: number, run: run, reason: judged.reason)
        }
        let champion = try Standing.of(record.model, database).champion
        guard champion == judged.rival else {
            return .rejected(
                version: number, run: run,
                reason:
                    "it was held against \(described(judged.rival)), and the champion is \(described(champion)) by now"
            )
        }
        try appoint(
            number, of: record.model,
            for: Decision(id: "retrain \(record.id)", reason: judged.reason, evidence: judged.evidence))
        return .candidate(version: number, run: run)
    }
}
