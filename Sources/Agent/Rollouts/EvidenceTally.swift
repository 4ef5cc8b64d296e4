import Drift
import Rollouts

/// Gathers what answers say of a rollout, before there are labels: which units an arm served, what happened to them, and
/// the sums of scores and latencies.
struct EvidenceTally: Sendable {
    /// Rows with an answer, since the agent started.
    struct Counts: Equatable, Sendable {
        /// By arm.
        var compared: [Int: UInt64] = [:]
        var misassigned: UInt64 = 0
        var unknownVersion: UInt64 = 0
        /// Rows with neither a unit nor an id.
        var withoutUnit: UInt64 = 0
    }

    /// So many units are remembered as written down; beyond them, all are written down anew, which changes nothing.
    private static let unitsRemembered = 200_000

    private(set) var arms: RolloutArms
    private let metrics: Set<RolloutMetric>
    private let maximumFuture: Int64
    private var requests = RequestMemory()
    private var known: [ArmUnit: Sighting] = [:]
    private var evidence = Evidence()
    var counts: Counts

    /// - Parameters:
    ///   - maximumFuture: rows further ahead of their arrival are of a wrong time, in nanoseconds.
    ///   - counts: to go on with.
    init(_ arms: RolloutArms, maximumFuture: Int64, counts: Counts = Counts()) {
        (self.arms, self.maximumFuture, self.counts) = (arms, maximumFuture, counts)
        metrics = Set(arms.comparison.metrics)
    }

    /// Goes on in another stage of the same rollout.
    func changed(to arms: RolloutArms) -> EvidenceTally {
        var next = EvidenceTally(arms, maximumFuture: maximumFuture, counts: counts)
        (next.requests, next.known, next.evidence) = (requests, known, evidence)
        return next
    }

    // MARK: Rows

    mutating func add(_ served: ServedRows, schema: ModelSchema?) {
        let batch = served.rows
        requests.remember(batch)
        guard batch.parts.contains(.predictions) || !batch.errors.isEmpty else { return }
        let reader = metrics.contains(.score) ? AnswerReader(batch, schema: schema) : nil
        for row in 0..<batch.count where batch.isAnswered(row) {
            add(row, of: batch, arrival: served.arrival, reader)
        }
    }

    private mutating func add(_ row: Int, of batch: RowBatch, arrival: Timestamp, _ reader: AnswerReader?) {
        let request = requests[batch, row]
        let time = request?.time ?? batch.time(ofRow: row) ?? arrival
        guard time <= arrival.advanced(by: maximumFuture) else { return }
        guard let unit = batch.unit(ofRow: row) ?? request?.unit ?? batch.requestID(ofRow: row) else {
            counts.withoutUnit += 1
            return
        }
        switch arms.place(version: batch.modelVersion ?? request?.version, unit: unit, time: time) {
        case .outside: break
        case .unknownVersion: counts.unknownVersion += 1
        case .misassigned(let served):
            counts.misassigned += 1
            if let served { note(Sighting(first: time), of: unit, in: served) }
        case .compared(let arm, let stage):
            counts.compared[arm, default: 0] += 1
            note(Sighting(first: time, events: events(of: row, in: batch, at: time)), of: unit, in: arm)
            add(.latency, batch.latency(ofRow: row), arm, stage, time)
            add(.score, reader?.read(batch, row: row).score, arm, stage, time)
        }
    }

    private func events(of row: Int, in batch: RowBatch, at time: Timestamp) -> [RolloutMetric: Timestamp] {
        var events: [RolloutMetric: Timestamp] = [:]
        if let error = batch.error(ofRow: row) { events[RolloutMetric(error)] = time }
        if let limit = arms.comparison.latencyLimit, let latency = batch.latency(ofRow: row), latency > limit
        {
            events[.slow] = time
        }
        return events.filter { metrics.contains($0.key) }
    }

    private mutating func add(
        _ metric: RolloutMetric, _ value: Double?, _ arm: Int, _ stage: Int, _ time: Timestamp
    ) {
        guard let value, value.isFinite, metrics.contains(metric) else { return }
        let cluster = arms.comparison.cluster(at: time)
        evidence.sums[
            SumKey(stage: stage, arm: arm, metric: metric, cluster: cluster), default: ValueSum()] += value
    }

    // MARK: Units

    /// That a row's label is known.
    mutating func add(_ row: LabelledPlace) {
        note(Sighting(first: row.time, isLabelled: true), of: row.unit, in: row.arm)
    }

    private mutating func note(_ sighting: Sighting, of unit: String, in arm: Int) {
        let unit = ArmUnit(unit: UnitHash(of: unit, rollout: arms.comparison.id), arm: arm)
        var united = known[unit] ?? sighting
        united.unite(sighting)
        guard known[unit] != united else { return }
        if known.count >= EvidenceTally.unitsRemembered { known.removeAll(keepingCapacity: true) }
        known[unit] = united
        evidence.sightings[unit, default: sighting].unite(united)
    }

    // MARK: Hand-over

    /// What is new since this was last asked.
    mutating func take() -> Evidence {
        defer { evidence = Evidence() }
        return evidence
    }

    /// Units that could not be written down are not known after all.
    mutating func forgetUnits() { known.removeAll(keepingCapacity: true) }
}

/// A row whose label is known, and the arm that served it.
struct LabelledPlace: Sendable {
    var unit: String
    var arm: Int
    var time: Timestamp
}

extension RolloutMetric {
    init(_ error: ServingError) {
        switch error {
        case .exception: self = .exception
        case .timeout: self = .timeout
        case .invalid: self = .invalid
        }
    }
}

extension RowBatch {
    fileprivate func isAnswered(_ row: Int) -> Bool {
        parts.contains(.predictions) || error(ofRow: row) != nil
    }

    fileprivate func requestID(ofRow row: Int) -> String? {
        guard !ids.isEmpty else { return nil }
        let place = ids.count == 1 ? 0 : row
        return ids.range(place).isEmpty ? nil : ids[place]
    }
}
