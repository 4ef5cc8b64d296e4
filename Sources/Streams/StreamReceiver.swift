import Dispatch
package import Drift
import Synchronization
package import ZeroMQ

/// Receives the messages of a group of models on a thread of its own, and hands their rows to the consumers.
///
/// A ZeroMQ socket belongs to one thread, so the sockets are opened, used and closed there, and the consumers
/// live there too. Everyone else sees snapshots, or sends work (`perform`) that runs between two bursts of
/// messages. For every model, and for what belongs to none, `received == decoded + Σ rejected`.
package final class StreamReceiver<Consumer: RowConsumer>: Sendable {
    private let state: ReceiverState<Consumer>
    private let places: [String: Int]
    private let end = OneTime<[String: Consumer]>()
    /// As bound, with the ports that `tcp://…:*` was given; as configured where connected.
    package let endpoints: [String]

    /// Starts receiving; fails here, and not later, when a socket cannot be opened.
    /// - Parameters:
    ///   - context: a context to share; without one the receiver has its own, and once `stop()` returns its
    ///     endpoints are free.
    ///   - report: told of the first message of each topic and reason a minute that could not be read.
    ///   Called on the receiving thread: it may not block.
    package init(
        _ configuration: ReceiverConfiguration, models: [ReceivedModel<Consumer>],
        context: Context = Context(),
        report: @escaping @Sendable (QuarantinedMessage) -> Void = { _ in }
    ) throws(ZeroMQError) {
        let state = ReceiverState<Consumer>(
            models: models.count, quarantine: configuration.quarantine, report: report)
        let opened = Opening()
        NamedThread.start(configuration.name) { [end] in
            receive(configuration, models, state, context, opened, end)
        }
        endpoints = try opened.wait()
        self.state = state
        places = Dictionary(models.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    deinit { state.stop() }

    /// Ends the thread, once it has read what had arrived, and returns the consumers by model: a receiver that
    /// takes over can go on with them.
    @discardableResult
    package func stop() async -> [String: Consumer] {
        state.stop()
        return await end.value
    }
}

// MARK: - What can be asked

extension StreamReceiver {
    /// `nil` for a model that is not received here.
    package func counters(of model: String) -> StreamCounters? {
        places[model].map { state.counters(ofModelAt: $0) }
    }

    /// Messages whose topic is malformed or names no model of this group.
    package var strays: StreamCounters { state.strays }

    /// Newest first; `nil` for a model that is not received here.
    package func quarantine(of model: String) -> [QuarantinedMessage]? {
        places[model].map { state.quarantines[$0].messages }
    }

    package var strayQuarantine: [QuarantinedMessage] { state.strayQuarantine.messages }
}

// MARK: - What can be done on the thread

extension StreamReceiver {
    /// Runs on the receiving thread between two bursts of messages, so it may not block.
    /// Returns `nil` when the model is not received here, or the receiver has ended.
    package func perform<Result: Sendable>(
        on model: String, _ body: @escaping @Sendable (inout Consumer) -> Result
    ) async -> Result? {
        guard let place = places[model] else { return nil }
        return await withCheckedContinuation { continuation in
            state.mailbox.post { lanes in
                continuation.resume(returning: lanes.map { body(&$0[place].consumer) })
            }
        }
    }

    /// For a model whose reference, and with it its schema, came later than its stream.
    package func adopt(_ schema: ModelSchema, for model: String) {
        guard let place = places[model] else { return }
        state.mailbox.post { lanes in lanes?[place].adopt(schema) }
    }
}

// MARK: - The thread

/// How opening the sockets went, told by the thread to its starter, who waits for it.
private final class Opening: Sendable {
    private let result = Mutex(Result<[String], ZeroMQError>.success([]))
    private let isDone = DispatchSemaphore(value: 0)

    func finish(_ outcome: Result<[String], ZeroMQError>) {
        result.withLock { $0 = outcome }
        isDone.signal()
    }

    func wait() throws(ZeroMQError) -> [String] {
        isDone.wait()
        return try result.withLock { $0 }.get()
    }
}

private func receive<Consumer: RowConsumer>(
    _ configuration: ReceiverConfiguration, _ models: [ReceivedModel<Consumer>],
    _ state: ReceiverState<Consumer>, _ context: Context?, _ opened: Opening,
    _ end: OneTime<[String: Consumer]>
) {
    let consumers = run(configuration, models, state, context ?? Context(), opened)
    state.mailbox.close()
    end.resolve(consumers)
}

/// Returns when the sockets are closed, and the context too unless it is shared.
private func run<Consumer: RowConsumer>(
    _ configuration: ReceiverConfiguration, _ models: [ReceivedModel<Consumer>],
    _ state: ReceiverState<Consumer>, _ context: Context, _ opened: Opening
) -> [String: Consumer] {
    do throws(ZeroMQError) {
        var loop = try ReceivingLoop(configuration, models: models, shared: state, context: context)
        opened.finish(.success(loop.endpoints))
        // Only a context that is shut down ends the loop by an error: the same as a stop.
        try? loop.run()
        return loop.consumers
    } catch {
        opened.finish(.failure(error))
        return [:]
    }
}
