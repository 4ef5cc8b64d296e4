import Drift
import Hummingbird
import Registry

/// What the console answers, path by path. Every answer is read from the observatory; nothing is kept here.
struct ConsoleRoutes: Sendable {
    let observatory: any Observatory

    func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
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

    private func windows(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let limit = try request.limit(default: 50, most: 1000)
        let windows = try await answer(about: context) { try await observatory.windows(of: $0, limit: limit) }
        return try .json(["windows": windows])
    }

    private func drift(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try .json(try await answer(about: context) { await observatory.drift(of: $0) })
    }

    private func performance(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let limit = try request.limit(default: 50, most: 1000)
        return try .json(
            try await answer(about: context) { try await observatory.performance(of: $0, limit: limit) })
    }

    private func quarantine(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let limit = try request.limit(default: 50, most: 1000)
        let messages = try await answer(about: context) { await observatory.quarantine(of: $0) }
        return try .json(QuarantinePage(messages.prefix(limit)))
    }

    /// Asks about the model in the path.
    private func answer<Answer>(
        about context: BasicRequestContext, _ ask: (String) async throws -> Answer?
    ) async throws -> Answer {
        let encoded = try context.parameters.require("model")
        let model = encoded.percentDecoded ?? encoded
        guard let answer = try await ask(model) else {
            throw APIError.unknownModel(model, known: await observatory.status().models.map(\.model))
        }
        return answer
    }
}

extension Request {
    /// The query's `limit`.
    func limit(default standard: Int, most: Int) throws(APIError) -> Int {
        guard let text = uri.queryParameters["limit"] else { return standard }
        guard let limit = Int(text), (1...most).contains(limit) else {
            throw .badParameter("limit", "must be a whole number from 1 to \(most), was \"\(text)\"")
        }
        return limit
    }
}
