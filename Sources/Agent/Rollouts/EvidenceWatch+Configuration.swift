import Drift
import Logging

extension EvidenceWatch {
    /// `nil` where there is no registry.
    init?(_ stream: StreamConfiguration, agent: AgentConfiguration, store: EvidenceStore, logger: Logger) {
        guard let client = agent.registryClient else { return nil }
        self.init(
            model: stream.model, agent: agent.name, store: store, registry: EvidenceRegistry(client),
            every: agent.routeInterval, maximumFuture: stream.plan.maximumFutureNanoseconds, logger: logger)
    }
}
