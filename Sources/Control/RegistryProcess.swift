package import ConfigurationFile
package import Console
import Daemon
import Drift
import FoundationEssentials
package import Logging
import Registry
import Synchronization

/// Runs a registry until SIGTERM or SIGINT. SIGHUP reads the tokens again; a second SIGTERM or SIGINT ends at
/// once.
package struct RegistryProcess: Sendable {
    private let configuration: RegistryConfiguration
    private let version: String
    private let logger: Logger

    package init(configuration: RegistryConfiguration, version: String, logger: Logger) {
        (self.configuration, self.version, self.logger) = (configuration, version, logger)
    }

    /// - Throws: `InvalidConfiguration`, `RegistryStoreError`, `RegistryFolderInUse` or `ConsoleError`.
    package func run() async throws {
        keepMemoryTight(largeBlock: 4 << 20)
        let access = try configuration.access()
        let lock = try lockFolder()
        defer { withExtendedLifetime(lock) {} }
        let registry = try Registry(
            folder: configuration.state, retrainRules: configuration.retrainRules,
            trainingSetLimits: configuration.trainingSetLimits,
            rolloutPolicy: configuration.rollouts.policy)
        let announcer = try announcer()
        let inspections = TrainingSetInspections(
            registry: registry,
            reader: TrainingSetReader(
                folder: configuration.state + "/inspection", limits: configuration.inspectionLimits),
            logger: logger)
        let jobs = JobRunner(registry: registry, configuration: configuration.jobs, logger: logger)
        try await jobs.recover()
        let console = RegistryConsole(
            registry: registry, jobs: jobs, access: access, version: version, logger: logger)
        let signals = await ProcessSignals(logger: logger)
        let training = Mutex<Task<Void, Never>?>(nil)
        try await signals.run(
            grace: configuration.shutdownGrace + configuration.jobs.limits.grace + .seconds(15),
            work: { [configuration, logger] in
                let settling = Task { await settleRetrainRequests(of: registry) }
                let inspecting = Task { await inspections.run() }
                let forgetting = Task { await forgetOldJobs(of: jobs) }
                let rolling = Task { [rollouts = rollouts(registry, announcer)] in await rollouts.run() }
                defer {
                    rolling.cancel()
                    settling.cancel()
                    inspecting.cancel()
                    forgetting.cancel()
                }
                let http = configuration.http
                try await console.run(host: http.host, port: http.port, grace: configuration.shutdownGrace) {
                    port in
                    logger.info("listening on http://\(NetworkAddress(host: http.host, port: port))")
                    let worker = worker(
                        registry, jobs, TrackingServer(host: http.host, port: port, access: access))
                    training.withLock { $0 = Task { await run(worker) } }
                }
            },
            reload: { reload(access) },
            stop: {
                let task = training.withLock(\.self)
                task?.cancel()
                await jobs.end()
                await task?.value
            })
    }

    /// Trains what is asked for, and scores rollouts' candidates in the shadow.
    private func run(_ worker: TrainingWorker) async {
        async let shadows: Void = ShadowWorker(models: worker.models, context: worker.context).run()
        await worker.run()
        await shadows
    }

    private func worker(_ registry: Registry, _ jobs: JobRunner, _ tracking: TrackingServer) -> TrainingWorker
    {
        let models = configuration.models.map { ($0.recipe.model, $0) }
        return TrainingWorker(
            models: Dictionary(uniqueKeysWithValues: models),
            context: TrainingContext(
                registry: registry, jobs: jobs, programs: .installed(python: configuration.python),
                tracking: tracking, rowFolders: rowFolders,
                leewayVersion: version, logger: logger),
            places: configuration.jobs.parallel)
    }

    private func rollouts(_ registry: Registry, _ announcer: RouteAnnouncer?) -> RolloutWorker {
        RolloutWorker(
            registry: registry, configuration: configuration.rollouts, announcer: announcer, logger: logger)
    }

    /// - Throws: `ZeroMQError` when the endpoint cannot be bound.
    private func announcer() throws -> RouteAnnouncer? {
        try configuration.events.map { try RouteAnnouncer(endpoint: $0.description) }
    }

    private var rowFolders: RowFolders {
        RowFolders(
            folders: configuration.rowFolders ?? configuration.models.prefix(1).map(\.folder),
            spared: [configuration.state] + [configuration.tokenFile].compactMap(\.self))
    }

    /// Requests wait for a time to come: a cooldown's end, another day's budget. Others are due when theirs has.
    private func settleRetrainRequests(of registry: Registry) async {
        while !Task.isCancelled {
            do {
                let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
                try await registry.propose(due: configuration.schedules, at: now, by: .registry)
                try await registry.settleRetrainRequests(by: .registry)
            } catch {
                logger.error("retrain requests could not be decided about, trying again: \(error)")
            }
            try? await Task.sleep(for: .seconds(10))
        }
    }

    private func forgetOldJobs(of jobs: JobRunner) async {
        while !Task.isCancelled {
            await jobs.forgetOldJobs()
            try? await Task.sleep(for: .seconds(600))
        }
    }

    private func lockFolder() throws -> FolderLock {
        let folder = configuration.state
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw RegistryStoreError.unusable(folder, "\(error)")
        }
        guard let lock = FolderLock(folder) else { throw RegistryFolderInUse(folder: folder) }
        return lock
    }

    private func reload(_ access: Access) {
        guard let file = configuration.tokenFile else { return }
        do {
            access.replace(try RegistryConfiguration.tokens(in: file))
            logger.info("tokens read again from \(file)")
        } catch {
            logger.error("the tokens stay as they were:\n\(error)")
        }
    }
}

extension RegistryConfiguration {
    package func access() throws(InvalidConfiguration) -> Access {
        guard let tokenFile else { return .loopback }
        return .tokens(try RegistryConfiguration.tokens(in: tokenFile))
    }

    fileprivate static func tokens(in file: String) throws(InvalidConfiguration) -> [Access.Token] {
        try TokenFile(contentsOf: file).entries.map { Access.Token(name: $0.name, secret: $0.token) }
    }
}

/// Another registry works on the folder.
package struct RegistryFolderInUse: Error, CustomStringConvertible {
    package var folder: String

    package var description: String {
        "state folder \(folder) is in use by another registry; give each its own"
    }
}
