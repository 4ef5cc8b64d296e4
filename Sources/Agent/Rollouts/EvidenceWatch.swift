import Capture
import Drift
import Logging
import Rollouts

/// What the agent does for a model's rollout: learns what is compared, gathers who was served by which arm and what came of
/// it, and tells the registry until it has acknowledged that.
actor EvidenceWatch {
    nonisolated let outlet = EvidenceOutlet()
    private nonisolated let labelled = LabelledRows()

    private let model: String
    private let agent: String
    private let store: EvidenceStore
    private let registry: EvidenceRegistry
    private let interval: Duration
    private let maximumFuture: Int64
    private let logger: Logger

    private var route: RolloutRoute?
    /// Whether the registry said so when it was asked last.
    private var routeIsFresh = false
    private var tally: EvidenceTally?
    private var schema: ModelSchema?
    /// Clusters whose losses have changed, by their beginnings.
    private var changed: Set<Timestamp> = []
    /// Whether all that is stored is to be looked through; so it is after a start, and now and then, since labels are
    /// corrected, too.
    private var looksThrough = true
    private var nextLookThrough = ContinuousClock.now
    /// Rows that came faster than they were counted, and units that there was no room for.
    private var dropped: UInt64 = 0
    private var problems: [Step: String] = [:]

    /// What may go wrong, one apart from the other.
    enum Step: Int { case route, store, losses, delivery }

    private static let countingPause = Duration.seconds(1)
    private static let lookThroughPause = Duration.seconds(3600)

    /// - Parameters:
    ///   - interval: how often the registry is asked for the route, and told what there is.
    ///   - maximumFuture: rows further ahead of their arrival are of a wrong time, in nanoseconds.
    init(
        model: String, agent: String, store: EvidenceStore, registry: EvidenceRegistry,
        every interval: Duration,
        maximumFuture: Int64, logger: Logger
    ) {
        (self.model, self.agent, self.store, self.registry) = (model, agent, store, registry)
        (self.interval, self.maximumFuture, self.logger) = (interval, maximumFuture, logger)
    }

    /// Goes on with the route that was known last, so that nothing is lost where the registry is down.
    func begin() {
        attempt(.store) { try store.route(of: model) }.map { adopt($0) }
    }

    nonisolated func note(_ rows: [LabelledRow]) {
        if outlet.isOpen { labelled.add(rows) }
    }

    // MARK: Running

    /// Works until it is cancelled.
    ///
    /// - Parameters:
    ///   - captured: what is stored of the model's rows; `nil` where nothing is.
    ///   - schema: says what the model answers, once that is known.
    func run(
        captured: @escaping @Sendable () async -> CaptureReader?,
        schema: @escaping @Sendable () async -> ModelSchema?
    ) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.repeating(every: self.interval) { await self.follow() } }
            group.addTask {
                await self.repeating(every: EvidenceWatch.countingPause) {
                    await self.adopt(schema())
                    await self.count()
                }
            }
            group.addTask { await self.measure(captured) }
            group.addTask { await self.repeating(every: self.interval) { await self.deliver() } }
        }
    }

    private nonisolated func repeating(every interval: Duration, _ step: @Sendable () async -> Void) async {
        while !Task.isCancelled {
            await step()
            try? await Task.sleep(for: interval)
        }
    }

    func adopt(_ schema: ModelSchema?) { self.schema = schema }

    // MARK: The route

    /// Asks once who serves, and what is compared.
    func follow() async {
        do {
            let known = try await registry.route(model)
            routeIsFresh = true
            problems[.route] = nil
            guard known != route else { return }
            adopt(known)
            _ = attempt(.store) { try store.save(known, of: model) }
        } catch {
            routeIsFresh = false
            note(error, in: .route)
        }
    }

    private func adopt(_ next: RolloutRoute?) {
        count()
        route = next
        do {
            let arms = try next?.rollout.map(RolloutArms.init)
            let isSame = tally?.arms.comparison.id == arms?.comparison.id
            if let arms, arms != tally?.arms {
                tally =
                    isSame ? tally?.changed(to: arms) : EvidenceTally(arms, maximumFuture: maximumFuture)
                looksThrough = true
                let stage = arms.comparison.stages.count - 1
                logger.notice("comparing in rollout \(arms.comparison.id), stage \(stage)")
            }
            if arms == nil { tally = nil }
        } catch {
            tally = nil
            note(error, in: .route)
        }
        outlet.isOpen = tally != nil
    }

    // MARK: Rows

    /// Takes in the rows that were served since this was last called, and writes down what they say.
    func count() {
        let (served, overrun) = outlet.take()
        dropped += UInt64(overrun)
        for rows in served { tally?.add(rows, schema: schema) }
        writeDown()
    }

    private func writeDown() {
        guard let rollout = tally?.arms.comparison.id, let evidence = tally?.take(), !evidence.isEmpty else {
            return
        }
        let lost = attempt(.store) { try store.add(evidence, of: model, rollout: rollout) }
        guard lost != 0 else { return }
        dropped += UInt64(lost ?? evidence.sightings.count)
        tally?.forgetUnits()
    }

    // MARK: Losses

    private func measure(_ captured: @Sendable () async -> CaptureReader?) async {
        while !Task.isCancelled {
            let began = ContinuousClock.now
            await measureOnce(await captured())
            // Looking through a day's rows may take a while; it is not to take a core.
            let pause = max(EvidenceWatch.countingPause, (.now - began) * 10)
            try? await Task.sleep(for: pause)
        }
    }

    /// Sums the losses of clusters anew whose labels have changed.
    func measureOnce(_ captured: CaptureReader?) async {
        noteLabels()
        guard let arms = tally?.arms, arms.comparison.metrics.contains(where: \.needsLabels) else { return }
        guard let captured, let scoring = AnswerScoring(schema) else {
            problems[.losses] =
                "losses are not measured: they need [stream.capture] and a schema that says what the "
                + "model answers"
            return
        }
        do {
            if looksThrough || ContinuousClock.now >= nextLookThrough {
                try await lookThrough(captured, arms, scoring)
            }
            try await measureChanged(captured, arms, scoring)
            problems[.losses] = nil
        } catch {
            looksThrough = true
            note(error, in: .losses)
        }
    }

    private func noteLabels() {
        let content = labelled.take()
        if content.isIncomplete { looksThrough = true }
        guard let arms = tally?.arms else { return }
        for row in content.rows {
            guard case .compared(let arm, _)? = arms.place(of: row) else { continue }
            tally?.add(LabelledPlace(unit: row.unit, arm: arm, time: row.time))
            changed.insert(arms.comparison.cluster(at: row.time))
        }
        writeDown()
    }

    private func measureChanged(
        _ captured: CaptureReader, _ arms: RolloutArms, _ scoring: AnswerScoring
    ) async throws {
        for cluster in changed.sorted() {
            let losses = ClusterLosses(arms, scoring, keepsPlaces: false)
            try await measure(cluster, losses, captured, arms)
            changed.remove(cluster)
        }
    }

    /// Measures all clusters of the rollout that rows are stored of, and notes which of their units have labels.
    private func lookThrough(
        _ captured: CaptureReader, _ arms: RolloutArms, _ scoring: AnswerScoring
    ) async throws {
        looksThrough = false
        var next = arms.comparison.stages.first?.since
        while let from = next, let first = try await captured.first(of: .labels, from: from) {
            let cluster = arms.comparison.cluster(at: first)
            let losses = ClusterLosses(arms, scoring, keepsPlaces: true)
            try await measure(cluster, losses, captured, arms)
            next = arms.end(of: cluster)
        }
        nextLookThrough = .now.advanced(by: EvidenceWatch.lookThroughPause)
    }

    private func measure(
        _ cluster: Timestamp, _ initial: ClusterLosses, _ captured: CaptureReader, _ arms: RolloutArms
    ) async throws {
        let span = CaptureSpan(from: cluster, to: arms.end(of: cluster))
        let losses = try await captured.reduceLabelledRows(of: span, into: initial) { $0.add($1) }
        guard tally?.arms == arms else { return }
        for place in losses.places { tally?.add(place) }
        writeDown()
        try store.replaceLosses(losses.sums, in: cluster, of: model, rollout: arms.comparison.id)
    }

    // MARK: Delivery

    /// Tells the registry all that it has not acknowledged.
    func deliver() async {
        var refused: Set<String> = []
        do {
            while !Task.isCancelled, let pending = try store.pending(of: model, except: refused) {
                switch try await registry.report(pending.report(of: agent), pending.rollout) {
                case .taken: try store.acknowledge(pending, of: model)
                case .unwanted:
                    refused.insert(pending.rollout)
                    try forgetIfOver(pending.rollout)
                }
            }
            problems[.delivery] = nil
        } catch {
            note(error, in: .delivery)
        }
    }

    /// A registry that is not itself for a moment refuses too: a rollout is over when it says so of the route as well.
    private func forgetIfOver(_ rollout: String) throws {
        guard routeIsFresh, route?.rollout?.id != rollout else { return }
        try store.forget(rollout, of: model)
        logger.info("rollout \(rollout) is over: the registry wants no more of it")
    }

    // MARK: Problems

    private func attempt<Value>(_ step: Step, _ body: () throws -> Value) -> Value? {
        do {
            let value = try body()
            problems[step] = nil
            return value
        } catch {
            note(error, in: step)
            return nil
        }
    }

    private func note(_ error: any Error, in step: Step) {
        // What an end breaks off is no problem.
        guard !Task.isCancelled else { return }
        let words = "the rollout's \(step.words): \(error.words)"
        if problems[step] != words { logger.warning("\(words)") }
        problems[step] = words
    }

    // MARK: What can be asked

    /// `nil` while there is nothing to tell of a rollout.
    var status: RolloutStatus? {
        let waiting = Result { try store.pendingCount(of: model) }
        let (pending, comparison) = ((try? waiting.get()) ?? 0, tally?.arms.comparison)
        var problems = problems.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
        if case .failure(let error) = waiting {
            problems.append("what waits to be told of rollouts cannot be counted: \(error)")
        }
        guard comparison != nil || pending > 0 || !problems.isEmpty else { return nil }
        let counts = tally?.counts ?? EvidenceTally.Counts()
        var rows: [String: UInt64] = [:]
        for arm in 0..<(comparison.map { $0.candidates.count + 1 } ?? 0) {
            rows["\(arm)"] = counts.compared[arm] ?? 0
        }
        return RolloutStatus(
            rollout: comparison?.id, stage: comparison.map { $0.stages.count - 1 }, rows: rows,
            misassigned: counts.misassigned, unknownVersion: counts.unknownVersion,
            withoutUnit: counts.withoutUnit, dropped: dropped, pending: UInt64(pending),
            problems: problems)
    }
}

extension EvidenceWatch.Step {
    fileprivate var words: String {
        switch self {
        case .route: "route"
        case .store: "evidence cannot be kept"
        case .losses: "losses cannot be read"
        case .delivery: "evidence does not get to the registry, trying again"
        }
    }
}

extension RolloutArms {
    func end(of cluster: Timestamp) -> Timestamp {
        cluster.advanced(by: comparison.clusterSeconds * 1_000_000_000)
    }
}
