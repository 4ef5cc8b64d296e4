package import Console
package import Drift
import EventDelivery
package import Logging
import Streams

/// The sidecar: streams in, windows judged, events out. Everything that has a lifetime starts and ends here.
package actor Agent {
    private var configuration: AgentConfiguration
    private let logger: Logger
    private let store: AgentStore
    private let sinks: [EventSink]
    private let proposalLog: ProposalLog
    private let snapshots: SnapshotUpload?
    /// What happens, for those who look on.
    package nonisolated let feed = EventFeed()
    private var dispatching: [Task<Void, Never>] = []
    private var looking: Task<Void, Never>?
    private var rates: [String: RateMeter] = [:]
    private var bringing: Task<Void, Never>?
    private var watches: [String: RunningWatch] = [:]
    private var groups: [StreamGroup: StreamReceiver<ModelIntake>] = [:]
    private let started = Timestamp.now
    private var isStarted = false
    private var lastReloadSucceeded = true

    private struct RunningWatch {
        let watch: ModelWatch
        let task: Task<Void, Never>
    }

    package static let version = "0.1.0"
    static let userAgent = "leeway/\(version)"

    /// Opens the store and the sinks.
    package init(_ configuration: AgentConfiguration, logger: Logger) async throws {
        self.configuration = configuration
        self.logger = logger
        let store = try AgentStore(folder: configuration.state)
        self.store = store
        let proposalLog = ProposalLog()
        self.proposalLog = proposalLog
        snapshots = SnapshotUpload(configuration, logger: logger)
        sinks = try await .open(configuration, outbox: store.outbox, logger: logger) { [feed] outcome in
            proposalLog.note(outcome)
            do {
                for news in try store.alerts.take(outcome, at: .now) { feed.publish("alert", news) }
            } catch {
                logger.error("what the registry answered is not told with the alert: \(error)")
            }
        }
    }

    // MARK: Starting and ending

    /// Opens the sockets and starts to watch.
    ///
    /// - Throws: `AgentError` when no model at all can be watched.
    package func start() async throws {
        dispatching = sinks.map { sink in Task { await sink.dispatcher.run() } }
        for (group, streams) in StreamGroup.all(of: configuration.streams) {
            await open(group, streams, carrying: [:])
        }
        guard await anyModelIsWatched() else {
            throw AgentError("no model can be watched; see the errors above")
        }
        isStarted = true
        looking = Task { await look() }
        bringCapturedRows()
        reportSelfTests()
    }

    private func anyModelIsWatched() async -> Bool {
        for running in watches.values where await running.watch.failure == nil { return true }
        return false
    }

    /// Ends intake, saves what is open, and gives the sinks a moment to take what is left.
    package func stop() async {
        isStarted = false
        looking?.cancel()
        // Nobody waits for it: what it had exported, and what the registry has of that, it goes on with at the next start.
        bringing?.cancel()
        for group in groups.keys { _ = await close(group, keeping: []) }
        sinks.notify()
        for sink in sinks { sink.dispatcher.finish() }
        let grace = configuration.shutdownGrace
        let tasks = dispatching
        await withTaskGroup(of: Void.self) { race in
            race.addTask { for task in tasks { await task.value } }
            race.addTask {
                try? await Task.sleep(for: grace)
                for task in tasks { task.cancel() }
            }
            await race.next()
            race.cancelAll()
        }
    }

    // MARK: Groups of streams

    private func open(
        _ group: StreamGroup, _ streams: [StreamConfiguration], carrying intakes: [String: ModelIntake]
    ) async {
        var models: [ReceivedModel<ModelIntake>] = []
        for stream in streams { models.append(await startWatch(stream, carrying: intakes[stream.model])) }
        do {
            groups[group] = try StreamReceiver(
                group.receiverConfiguration(streams), models: models,
                report: { [logger] message in
                    logger.warning("\(message.topic): \(message.reason): \(message.detail)")
                })
            logger.info("receiving \(streams.map(\.model).joined(separator: ", ")) from \(group)")
        } catch {
            for stream in streams { await watches[stream.model]?.watch.fail("\(error)") }
        }
    }

    /// A stream that a reload leaves as it is goes on with the windows it had open.
    private func startWatch(
        _ stream: StreamConfiguration, carrying intake: ModelIntake?
    ) async -> ReceivedModel<ModelIntake> {
        if let intake, let running = watches[stream.model] {
            return ReceivedModel(
                stream.model, schema: await running.watch.schema, features: stream.columnNames,
                consumer: intake)
        }
        let watch = ModelWatch(
            stream, agent: configuration, store: store, sinks: sinks, feed: feed, logger: logger)
        let start = await watch.start(checkpointEvery: configuration.checkpointInterval)
        let champions = configuration.championSource(of: stream)
        let task = Task {
            await watch.run(following: champions) { [weak self] in await self?.adopt($0, for: stream.model) }
        }
        watches[stream.model] = RunningWatch(watch: watch, task: task)
        return ReceivedModel(
            stream.model, schema: start.schema, features: stream.columnNames, consumer: start.intake)
    }

    private func adopt(_ reference: Reference, for model: String) async {
        for receiver in groups.values {
            receiver.adopt(reference.schema, for: model)
            _ = await receiver.perform(on: model) { $0.change(to: reference) }
        }
    }

    /// Ends a group's thread. Models to be kept hand back what they have open; the others save it.
    private func close(_ group: StreamGroup, keeping models: Set<String>) async -> [String: ModelIntake] {
        guard let receiver = groups.removeValue(forKey: group) else { return [:] }
        let intakes = await receiver.stop()
        for (model, intake) in intakes where !models.contains(model) {
            guard let running = watches.removeValue(forKey: model) else { continue }
            var intake = intake
            let open = intake.finish()
            running.watch.endIntake()
            await running.task.value
            await running.watch.finish(open)
        }
        return intakes.filter { models.contains($0.key) }
    }

    private func reportSelfTests() {
        for running in watches.values {
            let (watch, logger) = (running.watch, logger)
            Task.detached(priority: .background) {
                guard let report = await watch.selfTest?.run() else { return }
                logger.info("self-test: \(report)", metadata: ["model": "\(watch.stream.model)"])
            }
        }
    }

    // MARK: Captured rows

    private func bringCapturedRows() {
        guard let snapshots else { return }
        let interval = configuration.registryInterval
        bringing = Task {
            await snapshots.run(every: interval) { [weak self] in await self?.capturedModels() ?? [] }
        }
    }

    private func capturedModels() async -> [SnapshotUpload.Model] {
        var models: [SnapshotUpload.Model] = []
        for stream in configuration.streams where stream.bringsRows {
            guard let watch = watches[stream.model]?.watch else { continue }
            models.append(SnapshotUpload.Model(name: stream.model, schema: await watch.referenceSchema))
        }
        return models
    }

    // MARK: Reloading

    /// Goes over to another configuration. Streams that it does not change keep their windows; one that had
    /// failed is tried again.
    ///
    /// - Throws: `AgentError` or `CalibrationError` when a stream of it cannot be watched; then all stays as it was.
    package func reload(_ new: AgentConfiguration) async throws {
        let kept = try await streamsThatContinue(new)
        warnOfFixedKeys(new)
        let wanted = StreamGroup.all(of: new.streams)
        var carried: [String: ModelIntake] = [:]
        for (group, streams) in StreamGroup.all(of: configuration.streams)
        where wanted[group] != streams || !streams.allSatisfy({ kept.contains($0.model) }) {
            carried.merge(await close(group, keeping: kept)) { _, new in new }
        }
        configuration.streams = new.streams
        for (group, streams) in wanted where groups[group] == nil {
            await open(group, streams, carrying: carried)
        }
        lastReloadSucceeded = true
        logger.info("configuration reloaded")
    }

    private func streamsThatContinue(_ new: AgentConfiguration) async throws -> Set<String> {
        var kept: Set<String> = []
        for stream in new.streams {
            let reference = try StreamCheck.usableReference(of: stream)
            guard let watch = watches[stream.model]?.watch else { continue }
            if await watch.continues(stream, reference: reference) { kept.insert(stream.model) }
        }
        return kept
    }

    /// The new configuration cannot be used; the old one stays.
    package func reloadFailed() { lastReloadSucceeded = false }

    private func warnOfFixedKeys(_ new: AgentConfiguration) {
        var (old, changed) = (configuration, new)
        (old.streams, changed.streams) = ([], [])
        if old != changed { logger.warning("changes outside of [[stream]] take effect at the next start") }
    }
}

// MARK: - Looking on

extension Agent {
    /// Looks at how fast rows come, each second, and tells who looks on of the state, every other one.
    private func look() async {
        noteRates()
        while !Task.isCancelled {
            if feed.hasListeners { feed.publish("status", await status(), isKept: false) }
            for _ in 0..<2 where !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                noteRates()
            }
        }
    }

    private func noteRates() {
        let now = ContinuousClock.now
        for stream in configuration.streams {
            rates[stream.model, default: RateMeter()].note(counters(of: stream.model).rows, at: now)
        }
    }
}

// MARK: - What can be asked

extension Agent: Observatory {
    package var isReady: Bool { isStarted }

    package func status() async -> AgentStatus {
        var models: [ModelStatus] = []
        for stream in configuration.streams { models.append(contentsOf: await status(of: stream)) }
        var status = AgentStatus(
            name: configuration.name, version: Agent.version, started: started, now: .now, models: models)
        for sink in sinks {
            status.sinks.append(
                SinkStatus(sink.dispatcher.name, await sink.dispatcher.currentFigures()))
        }
        return status
    }

    private func status(of stream: StreamConfiguration) async -> [ModelStatus] {
        guard let running = watches[stream.model] else { return [] }
        var status = await running.watch.status(counters(of: stream.model), now: .now)
        status.retraining = proposalLog[stream.model].newest
        status.rowsPerSecond = rates[stream.model]?.perSecond
        if let problem = await snapshots?.problems[stream.model] { status.problems.append(problem) }
        return [status]
    }

    private func counters(of model: String) -> StreamCounters {
        groups.values.lazy.compactMap { $0.counters(of: model) }.first ?? StreamCounters()
    }

    package func windows(of model: String, limit: Int) async throws -> [DriftReport]? {
        guard watches[model] != nil else { return nil }
        return try store.reports(of: model, limit: limit)
    }

    package func timeline(of model: String) async -> DriftTimeline? {
        await watches[model]?.watch.timeline
    }

    package func report(of model: String, endingAt end: Timestamp) async throws -> DriftReport? {
        try store.report(of: model, endingAt: end)
    }

    package func alerts(_ query: AlertQuery) async throws -> AlertPage { try store.alerts.page(query) }

    package func alert(_ id: String) async throws -> AlertStory? { try store.alerts.story(of: id) }

    package func drift(of model: String) async -> ModelDrift? { await watches[model]?.watch.drift() }

    package func performance(of model: String, limit: Int) async throws -> ModelPerformance? {
        try await watches[model]?.watch.performance(limit: limit)
    }

    package func quarantine(of model: String) async -> [QuarantinedMessage]? {
        guard watches[model] != nil else { return nil }
        return groups.values.lazy.compactMap { $0.quarantine(of: model) }.first ?? []
    }

    package func metrics() async -> [MetricFamily] {
        var models: [AgentMetrics.Model] = []
        for stream in configuration.streams {
            guard let watch = watches[stream.model]?.watch else { continue }
            models.append(
                AgentMetrics.Model(
                    status: await watch.status(counters(of: stream.model), now: .now),
                    figures: await watch.figures(), answers: proposalLog[stream.model].answers))
        }
        var sinkFigures: [(String, OutboxDispatcher.Figures)] = []
        for sink in sinks {
            sinkFigures.append((sink.dispatcher.name, await sink.dispatcher.currentFigures()))
        }
        return AgentMetrics(
            models: models, sinks: sinkFigures, strays: groups.values.map(\.strays),
            lastReloadSucceeded: lastReloadSucceeded, now: .now
        ).families
    }
}

extension SinkStatus {
    fileprivate init(_ name: String, _ figures: OutboxDispatcher.Figures) {
        self.init(
            sink: name, pending: figures.pending,
            oldest: figures.oldest.map {
                Timestamp(nanoseconds: Int64($0.timeIntervalSince1970) * 1_000_000_000)
            }, problem: figures.problem)
    }
}
