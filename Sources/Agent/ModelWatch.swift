import Capture
import Console
import Drift
import EventDelivery
import Foundation
import Logging
import Retraining

/// One model under watch: takes panes from the receiving thread, has them judged, keeps what came of it, and
/// wakes the sinks.
actor ModelWatch {
    nonisolated let stream: StreamConfiguration
    nonisolated let outlet = IntakeOutlet()
    /// Keeps rows and measures how well the model does; `nil` where nothing is to be kept.
    nonisolated let performance: PerformanceWatch?
    /// Gathers what is seen of rollouts; `nil` where there is no registry to tell.
    nonisolated let evidence: EvidenceWatch?

    let store: AgentStore
    let source: String
    private let sinks: [EventSink]
    private let referencesFolder: String
    private let feed: EventFeed
    let logger: Logger

    var monitor: DriftMonitor?
    private(set) var failure: String?
    private var newest: DriftReport?
    /// Features that speak loudest against the newest window.
    private var worst: [WorstFeature] = []
    private(set) var timeline: DriftTimeline
    private var problems: [String] = []
    private var windowCounts: [DriftReport.Verdict: UInt64] = [:]
    private var openWindow: WindowSummary?
    /// What could not be saved yet, to go with the next that can.
    private var unsaved = AgentStore.Outcome()
    private var lastCheckpoint: Timestamp?
    var performanceCheckpoint: PerformanceCheckpoint?
    var newestPerformance: [PerformanceReport] = []
    /// Proposes to train the model again; `nil` where nobody wants it to.
    var proposer: RetrainProposer?
    private var proposalCount: UInt64 = 0
    /// Whose reference judges, where the reference is the registry's.
    var champion: Champion?
    /// Champions whose first windows have not closed, in the order they came.
    var upcoming: [UpcomingChampion] = []
    /// Why the champion's reference cannot be had.
    var championProblem: String?
    private let created = Timestamp.now

    private static let worstShown = 5

    init(
        _ stream: StreamConfiguration, agent: AgentConfiguration, store: AgentStore,
        sinks: [EventSink], feed: EventFeed, logger: Logger
    ) {
        (self.stream, self.store, self.sinks, self.feed) = (stream, store, sinks, feed)
        timeline = DriftTimeline(effects: stream.settings.effects)
        source = "/agents/\(agent.name)"
        referencesFolder = agent.state + "/references"
        var logger = logger
        logger[metadataKey: "model"] = "\(stream.model)"
        self.logger = logger
        let evidence = EvidenceWatch(stream, agent: agent, store: store.evidence, logger: logger)
        self.evidence = evidence
        performance = stream.capture.flatMap { limits in
            stream.performance.map { [logger] configuration in
                PerformanceWatch(stream, limits, configuration, state: agent.state) { rows in
                    evidence?.note(rows)
                } report: { change in
                    logger.report(change)
                }
            }
        }
    }

    // MARK: Starting

    /// What the receiving thread starts with.
    struct Start: Sendable {
        var intake: ModelIntake
        var schema: ModelSchema?
    }

    /// Loads the reference, and takes up what was open when the agent last ended.
    func start(checkpointEvery interval: Duration) async -> Start {
        var warmUpRows: Int?
        var reference: Reference?
        do {
            reference = try loadReference()
            if reference == nil, case .warmup(let rows) = stream.reference { warmUpRows = rows }
        } catch {
            fail("\(error)")
        }
        await evidence?.begin()
        var intake = ModelIntake(
            plan: stream.plan, warmUpRows: warmUpRows, checkpointNanoseconds: interval.nanoseconds,
            outlet: outlet, capture: performance.map { CaptureIntake(outlet: $0.recorder.outlet) },
            evidence: evidence.map { EvidenceIntake(outlet: $0.outlet) })
        if let reference, let monitor = usableMonitor(reference) {
            self.monitor = monitor
            intake.adopt(reference, resuming: restore(over: reference))
            retireUnwatched()
        }
        await performance?.begin(
            reference, schema: reference?.schema ?? declaredSchema(), resuming: performanceCheckpoint)
        return Start(intake: intake, schema: reference?.schema ?? declaredSchema())
    }

    private func loadReference() throws -> Reference? {
        switch stream.reference {
        case .file(let path): return try Reference(contentsOf: path)
        case .warmup:
            return FileManager.default.fileExists(atPath: warmUpPath)
                ? try Reference(contentsOf: warmUpPath) : nil
        case .registry:
            champion = try store.champion(of: stream.model)
            return champion?.reference
        }
    }

    /// - Throws: `CalibrationError` when the reference cannot support the stream's settings.
    func makeMonitor(_ reference: Reference) throws -> DriftMonitor {
        let monitor = try DriftMonitor(
            model: stream.model, reference: reference, plan: stream.plan, settings: stream.settings,
            source: source)
        logger.info("watching with reference \(reference.id), level \(monitor.level) a window")
        return monitor
    }

    private func usableMonitor(_ reference: Reference) -> DriftMonitor? {
        do {
            return try makeMonitor(reference)
        } catch {
            fail("\(error)")
            return nil
        }
    }

    private func restore(over reference: Reference) -> PaneCheckpoint? {
        beginProposing(reference)
        do {
            guard let saved = try store.checkpoint(of: stream.model) else { return nil }
            if let known = saved.proposer { proposer?.resume(known) }
            try monitor?.restore(saved.monitor, holding: saved.held)
            show(try store.reports(of: stream.model, limit: 1).first)
            performanceCheckpoint = saved.performance
            let reports = try store.performance(of: stream.model, limit: LossWatch.capacity)
            newestPerformance = reports.filter { $0.window.end == reports[0].window.end }
            logger.info("resumed from the last checkpoint")
            return saved.open
        } catch {
            logger.error("the last checkpoint cannot be read, starting without it: \(error)")
            return nil
        }
    }

    func fail(_ reason: String) {
        failure = reason
        logger.error("\(reason)")
    }

    /// For a stream whose reference is yet to be built.
    private func declaredSchema() -> ModelSchema? {
        guard let path = stream.schema, let data = FileManager.default.contents(atPath: path) else {
            return nil
        }
        do {
            return try JSONDecoder().decode(ModelSchema.self, from: data)
        } catch {
            fail("schema \(path) cannot be read: \(error)")
            return nil
        }
    }

    /// Whether a stream that a reload brings is this one: configured alike, sound, its reference the same file.
    func continues(_ stream: StreamConfiguration, reference: Reference?) -> Bool {
        stream == self.stream && failure == nil
            && (reference == nil || reference?.id == monitor?.reference.id)
    }

    var schema: ModelSchema? { monitor?.reference.schema ?? declaredSchema() }

    /// As the reference at hand has it.
    var referenceSchema: ModelSchema? { monitor?.reference.schema }

    /// A test of the configuration on its own reference, to be run where it may take its time.
    struct PendingSelfTest: Sendable {
        let reference: Reference
        let stream: StreamConfiguration

        func run() -> SelfTest? {
            SelfTest(reference: reference, plan: stream.plan, settings: stream.settings)
        }
    }

    var selfTest: PendingSelfTest? {
        guard let monitor, stream.alerts.threshold != .fixed else { return nil }
        return PendingSelfTest(reference: monitor.reference, stream: stream)
    }

    // MARK: Watching

    /// No more rows come; what waits is still taken.
    nonisolated func endIntake() {
        outlet.finish()
        performance?.recorder.outlet.finish()
    }

    /// Takes deliveries, keeps rows and measures performance until the intake has ended.
    ///
    /// - Parameter adopt: lets the receiving thread count over a reference that was built from its rows, or is the new
    ///   champion's.
    func run(following champions: ChampionSource?, adopt: @escaping ReferenceChange) async {
        let following = champions.map { source in Task { await follow(source, adopt) } }
        let measuring = performance.map { performance in Task { await measure(performance) } }
        let comparing = evidence.map { evidence in Task { await compare(evidence) } }
        let recalling = Task { await recallTimeline() }
        async let recording: Void? = performance?.recorder.run()
        await takeDeliveries(adopt)
        await recording
        for task in [following, measuring, comparing, recalling] {
            task?.cancel()
            await task?.value
        }
    }

    /// Gathers evidence until it is cancelled.
    private func compare(_ evidence: EvidenceWatch) async {
        await evidence.run {
            await self.performance?.recorder.reader
        } schema: {
            await self.schema
        }
    }

    private func takeDeliveries(_ adopt: ReferenceChange) async {
        for await delivery in outlet.deliveries {
            switch delivery {
            case .closed(let panes, let open):
                let judgedBy = monitor?.reference.id
                take(panes, open)
                if monitor?.reference.id != judgedBy { await tellPerformance() }
            case .checkpoint(let open): take([], open)
            case .warmUp(let batches):
                // The model is watched once its rows are counted, and not a moment before.
                guard let reference = build(batches), let monitor = usableMonitor(reference) else { break }
                await adopt(reference)
                await performance?.begin(reference, schema: reference.schema, resuming: nil)
                self.monitor = monitor
                beginProposing(reference)
            }
        }
    }

    private func take(_ panes: [Pane], _ open: PaneCheckpoint) {
        guard monitor != nil else { return }
        var outcome = AgentStore.Outcome()
        for pane in panes {
            if let next = successor(at: pane) {
                begin(next)
                outcome.champion = next.champion
            }
            guard pane.profile.reference == monitor?.reference.id, let judged = monitor?.close(pane) else {
                continue
            }
            outcome.reports.append((pane.index, judged.report))
            outcome.events += judged.events
            outcome.sightings += judged.sightings
            outcome.proposals += proposals(
                for: judged.events, closing: judged.report.judgedWindow, of: .drift)
        }
        (outcome.panes, outcome.open) = (panes, open)
        note(outcome)
        openWindow = open.open.first?.summary
        findProblems(open.open.last ?? panes.last)
        commit(outcome)
    }

    private func show(_ report: DriftReport?) {
        newest = report
        worst = report?.worst(ModelWatch.worstShown, stream.settings.effects) ?? []
    }

    /// Windows of before those at hand.
    func prepend(_ past: DriftTimeline) { timeline = past.followed(by: timeline) }

    func note(_ outcome: AgentStore.Outcome) {
        for (_, report) in outcome.reports {
            windowCounts[report.verdict, default: 0] += 1
            show(report)
            timeline.append(report)
            feed.publish("window", ClosedWindow(report, worst: worst))
        }
        for event in outcome.events {
            let what = [event.data.kind, event.data.feature, event.data.measure].filter { !$0.isEmpty }
            logger.notice(
                "\(event.type == .firing ? "firing" : "resolved"): \(what.joined(separator: " "))",
                metadata: ["window": "\(event.data.window.start)"])
        }
        for proposal in outcome.proposals {
            logger.notice(
                "proposes to train again: \(proposal.data.cause.reason)",
                metadata: ["request": "\(proposal.data.id)"])
        }
        proposalCount += UInt64(outcome.proposals.count)
    }

    func commit(_ outcome: AgentStore.Outcome) {
        guard let monitor else { return }
        unsaved.append(outcome)
        do {
            let checkpoint = AgentStore.Checkpoint(
                open: unsaved.open, held: monitor.heldPanes, monitor: try monitor.checkpoint(),
                performance: performanceCheckpoint, proposer: proposer)
            let news = try store.commit(unsaved, checkpoint, of: stream.model, sinks: sinks)
            for alert in news { feed.publish("alert", alert) }
            if !unsaved.events.isEmpty || !unsaved.proposals.isEmpty { sinks.notify() }
            unsaved = .init()
            lastCheckpoint = .now
        } catch {
            logger.error(
                "the state cannot be saved; a restart would go back to \(lastCheckpoint?.description ?? "the start"): \(error)"
            )
        }
    }

    /// Saves what the receiving thread had open when it ended.
    func finish(_ open: PaneCheckpoint?) async {
        if let performance { await conclude(performance) }
        await evidence?.count()
        guard let open else { return }
        var outcome = AgentStore.Outcome()
        outcome.open = open
        commit(outcome)
    }

    // MARK: Warm-up

    private var warmUpPath: String { "\(referencesFolder)/\(stream.model.pathComponent).reference.json" }

    private func build(_ batches: [RowBatch]) -> Reference? {
        var options = ReferenceBuilder.Options()
        (options.blockLength, options.blockOffsetNanoseconds) = (
            stream.plan.length, stream.plan.offsetNanoseconds
        )
        var builder = ReferenceBuilder(schema: declaredSchema(), options: options)
        for batch in batches { builder.add(batch) }
        do {
            let reference = try builder.build()
            try FileManager.default.createDirectory(
                atPath: referencesFolder, withIntermediateDirectories: true)
            try reference.encoded().write(to: URL(fileURLWithPath: warmUpPath), options: .atomic)
            return reference
        } catch {
            fail("no reference can be built from the warm-up: \(error)")
            return nil
        }
    }

    // MARK: Does the reference fit the stream?

    private func findProblems(_ pane: Pane?) {
        guard let monitor, let pane, pane.profile.reference == monitor.reference.id,
            pane.profile.rows >= CalibratedTest.smallestSample
        else { return }
        var found = outlet.figures.unknownFeatures.map {
            "the stream carries feature '\($0)', which the reference does not have"
        }
        for (feature, profile) in zip(monitor.reference.features, pane.profile.features)
        where profile.rows > 0 {
            if profile.mistyped > 0 {
                found.append(
                    "feature '\(feature.feature.name)' is \(feature.feature.kind) in the reference and comes as text"
                )
            } else if profile.missing == profile.rows {
                found.append("feature '\(feature.feature.name)' is missing from every row")
            }
        }
        for problem in found where !problems.contains(problem) { logger.warning("\(problem)") }
        problems = found
    }
}

// MARK: - What can be asked

extension ModelWatch {
    func status(_ counters: StreamCounters, now: Timestamp) async -> ModelStatus {
        var counters = counters
        let figures = outlet.figures
        let silentSince = figures.lastArrival ?? created
        let isStale = now > silentSince.advanced(by: stream.staleAfter.nanoseconds)
        (counters.late, counters.future) = (figures.counters.late, figures.counters.future)
        counters.droppedPanes = figures.droppedPanes
        let state: ModelStatus.State =
            failure != nil ? .failed : monitor == nil ? .awaitingReference : isStale ? .stale : .monitoring
        var status = ModelStatus(
            model: stream.model, state: state, reference: monitor?.reference.id, counters: counters,
            openWindow: openWindow,
            problems: [failure, championProblem].compactMap(\.self) + (await performance?.problems ?? [])
                + problems)
        status.rollout = await evidence?.status
        (status.window, status.verdict, status.pValue) = (
            newest?.window, newest?.verdict, newest?.test?.pValue
        )
        (status.worst, status.lastRow) = (worst, figures.lastArrival)
        status.alerts = (monitor?.alertStatuses ?? []).compactMap(FiringAlert.init)
        return status
    }

    func drift() -> ModelDrift {
        ModelDrift(
            model: stream.model, reference: monitor?.reference.id, window: newest?.window,
            verdict: newest?.verdict, test: newest?.test, features: newest?.features ?? [],
            alerts: monitor?.alertStatuses ?? [])
    }

    struct Figures: Sendable {
        var newest: DriftReport?
        var version: String
        var alerts: [AlertStatus]
        var windows: [DriftReport.Verdict: UInt64]
        var droppedPanes: UInt64
        var lastCheckpoint: Timestamp?
        var performance: [PerformanceReport]
        var detectors: [LossWatch.Status]
        var capture: CaptureStatus?
        var skew: SkewReport?
        /// Retrain requests put into the outbox, `nil` where none ever is.
        var proposals: UInt64?
    }

    func figures() async -> Figures {
        let (detectors, capture) = (await performance?.detectors ?? [], await performance?.captureStatus)
        return Figures(
            newest: newest, version: monitor?.reference.modelVersion ?? "unknown",
            alerts: monitor?.alertStatuses ?? [], windows: windowCounts,
            droppedPanes: outlet.figures.droppedPanes, lastCheckpoint: lastCheckpoint,
            performance: newestPerformance, detectors: detectors, capture: capture,
            skew: performanceCheckpoint?.skew, proposals: stream.retrain.map { _ in proposalCount })
    }
}

/// What went wrong, in a sentence.
package struct AgentError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension String {
    /// As a file name: a model may be called anything.
    fileprivate var pathComponent: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-_")))
            ?? "_"
    }
}
