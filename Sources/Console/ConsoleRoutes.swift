import Drift
import Hummingbird
import NIOCore
import Registry

/// What the console answers, path by path. Every answer is read from the observatory; nothing is kept here.
struct ConsoleRoutes: Sendable {
    let observatory: any Observatory
    let feed: EventFeed

    func router() -> Router<ConsoleContext> {
        let router = Router(context: ConsoleContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: APIErrors(owner: .agent))
        router.get("healthz") { _, _ -> Response in .text("ok\n") }
        router.get("readyz") { _, _ in await readiness() }
        router.get("metrics") { _, _ in await metrics() }
        router.get("api/v1/status") { _, _ -> Response in try await .json(observatory.status()) }
        router.get("api/v1/models") { _, _ in try await models() }
        router.get("api/v1/models/:model/windows", use: windows)
        router.get("api/v1/models/:model/drift", use: drift)
        router.get("api/v1/models/:model/performance", use: performance)
        router.get("api/v1/models/:model/quarantine", use: quarantine)
        router.get("api/v1/models/:model/timeline", use: timeline)
        router.get("api/v1/models/:model/windows/:end/features/:feature", use: cell)
        AlertRoutes(observatory: observatory).add(to: router)
        LiveRoute(feed: feed).add(to: router)
        PageRoutes().add(to: router)
        router.refuseOtherMethods()
        return router
    }

    private func readiness() async -> Response {
        await observatory.isReady
            ? .text("ready\n") : .text("not ready: sockets are not open yet\n", status: .serviceUnavailable)
    }

    private func metrics() async -> Response {
        await .text(TextExposition.text(observatory.metrics()), type: TextExposition.contentType)
    }

    private func models() async throws -> Response {
        try await .json(["models": observatory.status().models])
    }

    private func windows(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let limit = try request.limit(default: 50, most: 1000)
        let windows = try await answer(about: context) { try await observatory.windows(of: $0, limit: limit) }
        return try .json(["windows": windows])
    }

    private func drift(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try .json(try await answer(about: context) { await observatory.drift(of: $0) })
    }

    private func performance(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let limit = try request.limit(default: 50, most: 1000)
        return try .json(
            try await answer(about: context) { try await observatory.performance(of: $0, limit: limit) })
    }

    private func quarantine(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let limit = try request.limit(default: 50, most: 1000)
        let messages = try await answer(about: context) { await observatory.quarantine(of: $0) }
        return try .json(QuarantinePage(messages.prefix(limit)))
    }

    private func timeline(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let count = try request.limit(
            "windows", default: DriftTimeline.capacity, most: DriftTimeline.capacity)
        let (measureName, measure) = try request.measure()
        let timeline = try await answer(about: context) { await observatory.timeline(of: $0) }
        let model = try context.parameters.decoded("model")
        let status = await observatory.status().models.first { $0.model == model }
        let page = TimelinePage(
            model: model, measureName: measureName, timeline: timeline, measure: measure, count: count,
            status: status)
        return .largeJSON(page.bytes, for: request)
    }

    private func cell(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let effects = try await answer(about: context) { await observatory.timeline(of: $0) }.effects
        let end = try context.parameters.decoded("end")
        let model = try context.parameters.decoded("model")
        guard let time = Timestamp(rfc3339: end),
            let report = try await observatory.report(of: model, endingAt: time)
        else {
            throw APIError(
                status: .notFound, code: "unknown_window", message: "no window that is kept ended at \(end)")
        }
        let name = try context.parameters.decoded("feature")
        let family = try request.family()
        guard
            let feature = report.features.first(where: { $0.name == name && family ?? $0.family == $0.family }
            )
        else {
            throw APIError(
                status: .notFound, code: "unknown_feature", message: "the window has no feature \"\(name)\"")
        }
        return try .json(CellPage(report, feature, effects))
    }

    /// Asks about the model in the path.
    private func answer<Answer>(
        about context: ConsoleContext, _ ask: (String) async throws -> Answer?
    ) async throws -> Answer {
        let model = try context.parameters.decoded("model")
        guard let answer = try await ask(model) else {
            throw APIError.unknownModel(model, known: await observatory.status().models.map(\.model))
        }
        return answer
    }
}

extension Request {
    /// How many are wanted.
    func limit(_ name: String = "limit", default standard: Int, most: Int) throws(APIError) -> Int {
        guard let text = uri.queryParameters[name[...]] else { return standard }
        guard let limit = Int(text), (1...most).contains(limit) else {
            throw .badParameter(name, "must be a whole number from 1 to \(most), was \"\(text)\"")
        }
        return limit
    }

    /// A number of the query that counts up from 1.
    func sequence(_ name: String) throws(APIError) -> Int64? {
        guard let text = uri.queryParameters[name[...]] else { return nil }
        guard let sequence = Int64(text), sequence > 0 else {
            throw .badParameter(name, "must be a whole number above 0, was \"\(text)\"")
        }
        return sequence
    }

    fileprivate func measure() throws(APIError) -> (name: String, DriftTimeline.Measure) {
        let name = uri.queryParameters["measure"].map(String.init) ?? "primary"
        guard let measure = DriftTimeline.Measure(name) else {
            let names = (["primary", "score"] + DriftTimeline.measures).joined(separator: ", ")
            throw .badParameter("measure", "is one of \(names), was \"\(name)\"")
        }
        return (name, measure)
    }

    /// Inputs or outputs: a name may be in both.
    fileprivate func family() throws(APIError) -> FeatureReport.Family? {
        guard let text = uri.queryParameters["family"] else { return nil }
        guard let family = FeatureReport.Family(rawValue: String(text)) else {
            throw .badParameter("family", "is data or prediction, was \"\(text)\"")
        }
        return family
    }
}

/// What a request to the agent carries along.
struct ConsoleContext: ConnectedContext {
    var coreContext: CoreRequestContextStorage
    let connection: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = source.channel
    }
}
