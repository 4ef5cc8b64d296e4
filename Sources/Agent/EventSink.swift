import ConfigurationFile
import EventDelivery
import Logging

/// A sink that is open: what brings it its events, and which it takes.
struct EventSink: Sendable {
    let dispatcher: OutboxDispatcher
    let events: Set<SinkConfiguration.Events>
}

extension [EventSink] {
    /// Names of the queues that events of a sort wait in.
    func queues(of events: SinkConfiguration.Events) -> [String] {
        filter { $0.events.contains(events) }.map(\.dispatcher.name)
    }

    /// There is something new in the queues.
    func notify() { for sink in self { sink.dispatcher.notify() } }
}

// MARK: - Opening

extension [EventSink] {
    /// Opens the configured sinks, and the registry's where there is one.
    ///
    /// - Throws: `SinkError` when a file or stream cannot be opened.
    static func open(
        _ configuration: AgentConfiguration, outbox: Outbox, logger: Logger,
        report: @escaping @Sendable (RegistrySender.Outcome) -> Void
    ) async throws -> [EventSink] {
        func sink(_ carrier: NamedCarrier, _ events: Set<SinkConfiguration.Events>) -> EventSink {
            EventSink(
                dispatcher: OutboxDispatcher(
                    name: carrier.name, carrier: carrier.carrier, outbox: outbox, logger: logger),
                events: events)
        }
        var opened: [EventSink] = []
        for each in configuration.sinks { opened.append(sink(try await each.kind.open(), each.events)) }
        if let registry = configuration.registrySender(report: report) {
            opened.append(sink(("registry", registry), [.retrain]))
        }
        return opened
    }
}

private typealias NamedCarrier = (name: String, carrier: any EventCarrier)

extension SinkConfiguration.Kind {
    fileprivate func open() async throws -> NamedCarrier {
        switch self {
        case .file(let path):
            let file = FileSink(path: path)
            try await file.open()
            return ("file:\(path)", file)
        case .standardOutput:
            return ("stdout", try StandardOutputSink())
        case .webhook(let webhook):
            let sender = WebhookSender(
                url: webhook.url, secrets: webhook.secrets, userAgent: Agent.userAgent)
            return (sender.name, sender)
        case .airflow(let airflow):
            let sender = AirflowSender(
                url: airflow.url, dag: airflow.dag, api: airflow.api, credentials: airflow.credentials,
                userAgent: Agent.userAgent)
            return (sender.name, sender)
        case .command(let command):
            let sender = CommandSender(command.words, timeout: command.timeout)
            return (sender.name, sender)
        }
    }
}

extension AgentConfiguration {
    fileprivate func registrySender(
        report: @escaping @Sendable (RegistrySender.Outcome) -> Void
    ) -> RegistrySender? {
        registry.map {
            RegistrySender(
                address: $0.text, userAgent: Agent.userAgent, token: registryToken, report: report)
        }
    }

    /// What is shown to the registry, as its file has it now.
    var registryToken: @Sendable () throws -> String? {
        { [tokenFile] in try tokenFile.map { try TokenFile(contentsOf: $0).entries[0].token } }
    }
}
