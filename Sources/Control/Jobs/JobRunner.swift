import Console
import FoundationEssentials
import Jobs
package import Logging
package import Registry

/// Runs jobs, so many at a time and in the order they were asked for, and notes in the registry what becomes of each.
package actor JobRunner: JobCanceller {
    private let registry: Registry
    private let configuration: JobsConfiguration
    private let logger: Logger
    private let queue: JobQueue
    /// Of the jobs that have not ended.
    private var stops: [String: JobStop] = [:]
    private var isEnding = false
    private var waitingForEnd: [CheckedContinuation<Void, Never>] = []

    package init(registry: Registry, configuration: JobsConfiguration, logger: Logger) {
        (self.registry, self.configuration, self.logger) = (registry, configuration, logger)
        queue = JobQueue(places: configuration.parallel)
    }

    // MARK: Running

    /// Runs a program to its end, when it is its turn, in a scratch folder that is removed afterwards. When the task
    /// that calls this is cancelled the job is `interrupted`.
    ///
    /// - Parameter collect: takes what it has left, given the job and its scratch folder; also when it has failed.
    /// - Throws: what `collect` throws, or the registry when it cannot note the job.
    package func run<Value: Sendable>(
        _ request: JobRequest, _ collect: @Sendable (JobRecord, _ scratch: String) async throws -> Value
    ) async throws -> Value {
        let job = try await registry.addJob(request.order, by: .registry)
        let scratch = "\(registry.jobFolder)/scratch/\(job.id)"
        defer { removeScratch(scratch) }
        let ended = try await run(job, request, scratch)
        return try await collect(ended, scratch)
    }

    /// The same, for what leaves nothing to collect.
    package func run(_ request: JobRequest) async throws -> JobRecord {
        try await run(request) { job, _ in job }
    }

    private func run(_ job: JobRecord, _ request: JobRequest, _ scratch: String) async throws -> JobRecord {
        let stop: JobStop
        do {
            stop = try JobStop()
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        } catch {
            return try await finish(job.id, .failed, "could not be started: \(error)")
        }
        add(stop, of: job.id)
        defer { removeStop(of: job.id) }
        return try await withTaskCancellationHandler {
            guard await queue.enter(job.id, unless: stop) else { return try await finish(job.id, stop) }
            defer { Task { await queue.leave() } }
            return try await run(job.id, request, scratch, until: stop)
        } onCancel: {
            stop.request(.ending)
            Task { await queue.giveUp(job.id) }
        }
    }

    private func run(
        _ id: String, _ request: JobRequest, _ scratch: String, until stop: JobStop
    ) async throws -> JobRecord {
        let limits = request.limits ?? configuration.limits
        let process = JobProcess(
            id: id, command: request.command, limits: limits, scratch: scratch,
            logPath: registry.log(ofJob: id).path, rounds: request.rounds)
        let (events, tell) = AsyncStream.makeStream(of: JobProcess.Event.self)
        async let noted: Void = note(events, of: id)
        let end = await process.run(until: stop) { tell.yield($0) }
        tell.finish()
        await noted
        // It may have ended by itself just when somebody cancelled it: what is cancelled does not go on.
        if case .cancelled = stop.reason { return try await finish(id, stop, end) }
        let sentence = end.sentence(
            limits, section: JobsConfiguration.section, answers: request.answers)
        return try await finish(id, JobRecord.State(end, request.answers), sentence, end)
    }

    private func note(_ events: AsyncStream<JobProcess.Event>, of id: String) async {
        for await event in events {
            do {
                switch event {
                case .started(let pid):
                    try await registry.noteStart(ofJob: id, pid: Int64(pid), by: .registry)
                case .progress(let progress): try await registry.note(progress, ofJob: id, by: .registry)
                }
            } catch {
                logger.error("what job \(id) does cannot be noted: \(error)")
            }
        }
    }

    /// One that was told to end, perhaps before it began.
    private func finish(_ id: String, _ stop: JobStop, _ end: JobEnd? = nil) async throws -> JobRecord {
        if case .cancelled(let by)? = stop.reason {
            return try await finish(id, .cancelled, "cancelled by \(by)", end)
        }
        return try await finish(id, .interrupted, "the registry ended", end)
    }

    private func finish(
        _ id: String, _ state: JobRecord.State, _ reason: String, _ end: JobEnd? = nil
    ) async throws -> JobRecord {
        logger.info("job \(id) has \(state.rawValue): \(reason)")
        do {
            return try await registry.finishJob(id, state, reason, end, by: .registry)
        } catch {
            Task { await finishLater(id, state, reason, end) }
            throw error
        }
    }

    /// A disk that is full has room again some day; until then the job would seem to run.
    private func finishLater(_ id: String, _ state: JobRecord.State, _ reason: String, _ end: JobEnd?) async {
        while !isEnding {
            try? await Task.sleep(for: .seconds(5))
            if (try? await registry.finishJob(id, state, reason, end, by: .registry)) != nil { return }
        }
    }

    private func removeScratch(_ path: String) {
        do { try removeTree(path) } catch { logger.warning("\(path) cannot be removed: \(error)") }
    }

    // MARK: Ending

    private func add(_ stop: JobStop, of id: String) {
        stops[id] = stop
        if isEnding { stop.request(.ending) }
    }

    private func removeStop(of id: String) {
        stops[id] = nil
        guard stops.isEmpty else { return }
        for waiter in waitingForEnd { waiter.resume() }
        waitingForEnd = []
    }

    package func cancel(job id: String, reason: String, by actor: Actor) async throws -> JobRecord {
        guard let stop = stops[id] else { return try await ended(id) }
        let by = actor.name + (reason.isEmpty ? "" : ": \(reason)")
        let job = try await registry.noteCancelling(id, "is being cancelled by \(by)", by: actor)
        stop.request(.cancelled(by: by))
        await queue.giveUp(id)
        return job
    }

    /// To cancel a job twice is fine.
    private func ended(_ id: String) async throws -> JobRecord {
        let job = try await registry.job(id)
        guard job.state == .cancelled else {
            throw RegistryError(.conflict, "Job \(id) has ended already: \(job.state.rawValue).")
        }
        return job
    }

    /// Ends all jobs, and those that are yet to be asked for; returns once they have ended.
    package func end() async {
        isEnding = true
        for (id, stop) in stops {
            stop.request(.ending)
            await queue.giveUp(id)
        }
        guard !stops.isEmpty else { return }
        await withCheckedContinuation { waitingForEnd.append($0) }
    }
}

// MARK: - Upkeep

extension JobRunner {
    /// What a registry that was killed has left behind: its jobs' processes are ended, the jobs marked `interrupted`,
    /// their scratch folders removed. To be called before any job is run.
    package func recover() async throws {
        let left =
            try await registry.jobs(in: .running, limit: .max) + registry.jobs(in: .queued, limit: .max)
        let processes = left.isEmpty ? 0 : JobProcesses.end(ofJobs: left.map(\.id))
        for job in try await registry.interruptJobs(by: .registry) {
            logger.warning("job \(job.id) (\(job.order.command)) was interrupted")
        }
        if processes > 0 {
            logger.warning("\(processes) processes of theirs were still there, and were ended")
        }
        removeScratch("\(registry.jobFolder)/scratch")
        removeScratch(registry.trainingFolder)
    }

    /// Forgets jobs that ended long ago, with their logs.
    package func forgetOldJobs() async {
        let keep = configuration.keep.components.seconds * 1000
        do {
            for id in try await registry.forgetJobs(endedBefore: registry.now - keep, by: .registry) {
                try? FileManager.default.removeItem(atPath: registry.log(ofJob: id).path)
            }
        } catch {
            logger.error("old jobs cannot be forgotten, trying again: \(error)")
        }
    }
}

extension JobRecord.State {
    fileprivate init(_ end: JobEnd, _ answers: Set<Int32>) {
        self =
            switch end.outcome {
            case .exited(0): .succeeded
            case .exited(let code) where answers.contains(code): .succeeded
            case .stopped(.cancelled): .cancelled
            case .stopped(.ending): .interrupted
            case .exited, .signalled, .stopped, .notStarted: .failed
            }
    }
}

extension Actor {
    /// The registry itself.
    package static let registry = Actor(name: "registry", client: "leeway registry")
}
