import Drift
import FoundationEssentials
import Hummingbird
import Registry

/// What a registry answers, path by path.
struct RegistryRoutes: Sendable {
    let registry: Registry
    let jobs: any JobCanceller
    let access: Access
    let version: String
    let feed: EventFeed
    private let tally = RequestTally()
    private let started = Timestamp(milliseconds: Registry.systemClock())

    /// The MLflow whose API ours follows.
    static let mlflowVersion = "3.17.2"

    init(
        registry: Registry, jobs: any JobCanceller, access: Access, version: String, feed: EventFeed
    ) {
        (self.registry, self.jobs, self.access, self.version) = (registry, jobs, access, version)
        self.feed = feed
    }

    func router() -> Router<RegistryContext> {
        let router = Router(context: RegistryContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: tally)
        router.add(middleware: RegistryErrors())
        if !access.needsToken { router.add(middleware: LoopbackGuard()) }
        router.add(middleware: Authentication(access: access))
        addHealth(to: router)
        router.get("metrics") { _, _ -> Response in try await metrics() }
        router.get("api/3.0/mlflow/server-info") { _, _ -> Response in .json(serverInfo) }
        router.get("api/v1/status") { _, _ -> Response in try await .json(status()) }
        router.get("api/v1/audit", use: audit)
        MLflowRoutes(registry: registry).add(to: router)
        ArtifactRoutes(registry: registry).add(to: router)
        ModelRoutes(registry: registry).add(to: router)
        RetrainRoutes(registry: registry).add(to: router)
        TrainingSetRoutes(registry: registry).add(to: router)
        RolloutRoutes(registry: registry).add(to: router)
        JobRoutes(registry: registry, canceller: jobs).add(to: router)
        LiveRoute(feed: feed).add(to: router)
        PageRoutes().add(to: router)
        router.refuseOtherMethods()
        return router
    }

    // MARK: Health

    private func addHealth(to router: Router<RegistryContext>) {
        router.get("health") { _, _ -> Response in .text("OK") }
        router.get("version") { _, _ -> Response in .text(RegistryRoutes.mlflowVersion) }
        router.get("healthz") { _, _ -> Response in .text("ok\n") }
        router.get("readyz") { _, context -> Response in await readiness(context) }
    }

    private func readiness(_ context: RegistryContext) async -> Response {
        do {
            _ = try await registry.audit(limit: 1)
            return .text("ready\n")
        } catch {
            context.logger.error("the database does not answer: \(error)")
            return .text(
                "not ready: the database does not answer; the log says why\n", status: .serviceUnavailable)
        }
    }

    private let serverInfo: JSON = [
        "store_type": .text("SqlStore"), "workspaces_enabled": .bool(false),
        "trace_archival_enabled": .bool(false), "multipart_uploads_enabled": .bool(false),
        "multipart_downloads_enabled": .bool(false), "presigned_upload_run_id_supported": .bool(false),
        "presigned_upload_model_id_supported": .bool(false), "features_enabled": .object([:]),
    ]

    // MARK: Figures

    private func metrics() async throws -> Response {
        let families =
            try await tally.families + registry.figures().families + [
                .jobs(registry.jobCounts()), .retrainRequests(registry.retrainCounts()),
                .retrainSetbacks(registry.retrainSetbacks()),
                .rollouts(registry.rollouts(live: true, limit: 1000)),
            ]
        return .text(TextExposition.text(families), type: TextExposition.contentType)
    }

    private struct Status: Encodable {
        var process = "registry"
        var version: String
        var mlflow: String
        var started: Timestamp
        var access: String
        var figures: RegistryFigures
    }

    private func status() async throws -> Status {
        try await Status(
            version: version, mlflow: RegistryRoutes.mlflowVersion, started: started,
            access: access.needsToken ? "tokens" : "loopback", figures: registry.figures())
    }

    // MARK: Audit

    fileprivate struct AuditPage: Encodable {
        struct Entry: Encodable {
            var sequence: Int64
            var time: Timestamp
            var actor: String
            var client: String
            var action: String
            var subject: String
            var detail: String
        }

        var entries: [Entry]
    }

    private func audit(_ request: Request, _ context: RegistryContext) async throws -> Response {
        let query = request.uri.queryParameters
        let entries = try await registry.audit(
            of: query["subject"].map(String.init), before: try request.sequence("before"),
            limit: try request.limit(default: 100, most: 1000))
        return try .json(AuditPage(entries: entries.map(AuditPage.Entry.init)))
    }
}

extension RegistryRoutes.AuditPage.Entry {
    fileprivate init(_ entry: AuditEntry) {
        self.init(
            sequence: entry.sequence, time: Timestamp(milliseconds: entry.time), actor: entry.actor,
            client: entry.client, action: entry.action, subject: entry.subject, detail: entry.detail)
    }
}

extension RegistryFigures {
    fileprivate var families: [MetricFamily] {
        func gauge(_ name: String, _ help: String, _ value: Int64) -> MetricFamily {
            MetricFamily(
                name: name, help: help, kind: .gauge, samples: [MetricFamily.Sample(Double(value))])
        }
        return [
            gauge("leeway_registry_experiments", "Experiments, deleted ones not counted.", experiments),
            gauge("leeway_registry_runs", "Runs, deleted ones not counted.", runs),
            gauge("leeway_registry_models", "Registered models.", models),
            gauge("leeway_registry_model_versions", "Versions of registered models.", versions),
            gauge("leeway_registry_artifacts", "Artifacts by path.", artifacts),
            gauge(
                "leeway_registry_artifact_bytes", "Bytes of artifacts; of those that are alike, one.",
                artifactBytes),
            gauge("leeway_registry_training_sets", "Files that models are trained on.", trainingSets),
            gauge(
                "leeway_registry_training_set_bytes",
                "Bytes of files that models are trained on; of those that are alike, one.", trainingSetBytes),
        ]
    }
}
