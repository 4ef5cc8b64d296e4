import Glibc
package import Logging
import UnixSignals

/// The signals of a process in the background: SIGTERM and SIGINT end it, a second one at once; SIGHUP has it
/// read its files again.
package struct ProcessSignals: Sendable {
    private let signals: UnixSignalsSequence
    private let logger: Logger

    /// From now on the signals are kept for `run`, which may come later.
    package init(logger: Logger) async {
        signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint, .sighup])
        self.logger = logger
    }

    /// Does the work until it returns, throws, or a signal asks for the end; then stops, and cancels the work.
    ///
    /// - Parameter grace: how long that may take; then the process ends, whatever still holds it up.
    package func run(
        grace: Duration,
        work: @escaping @Sendable () async throws -> Void,
        reload: @escaping @Sendable () async -> Void,
        stop: @escaping @Sendable () async -> Void = {}
    ) async throws {
        let (ending, end) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work() }
            group.addTask { await obey(end, reload) }
            group.addTask { for await _ in ending { return } }
            let outcome = await group.nextResult()
            let ultimatum = Task { try await giveUp(after: grace) }
            defer { ultimatum.cancel() }
            await stop()
            group.cancelAll()
            while let left = await group.nextResult() { _ = left }
            try outcome?.get()
        }
    }

    private func giveUp(after grace: Duration) async throws {
        try await Task.sleep(for: grace)
        logger.error("something holds up the end for longer than \(grace); ending without it")
        exit(1)
    }

    private func obey(
        _ end: AsyncStream<Void>.Continuation, _ reload: @Sendable () async -> Void
    ) async {
        var isEnding = false
        for await signal in signals {
            if signal == .sighup {
                await reload()
            } else if isEnding {
                exit(1)
            } else {
                logger.info("ending; a second signal ends at once")
                isEnding = true
                end.yield()
            }
        }
    }
}
