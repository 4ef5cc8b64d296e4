import Hummingbird
import Registry

/// Lets those pass who may ask, and says to what follows who they are.
struct Authentication: RouterMiddleware {
    let access: Access

    /// What a probe asks, which holds no token.
    static let openPaths: Set<String> = ["/health", "/version", "/healthz", "/readyz"]

    func handle(
        _ request: Request, context: RegistryContext,
        next: (Request, RegistryContext) async throws -> Response
    ) async throws -> Response {
        guard !Authentication.openPaths.contains(request.uri.path) else {
            return try await next(request, context)
        }
        guard let name = access.name(of: request) else { throw Authentication.refusal }
        var context = context
        context.actor = Actor(name: name, client: String((request.headers[.userAgent] ?? "").prefix(200)))
        return try await next(request, context)
    }

    private static let refusal = MLflowError(
        code: .unauthenticated,
        message: "a token of the registry's token file is needed: set MLFLOW_TRACKING_TOKEN, "
            + "or LEEWAY_TOKEN for leeway's own commands",
        headers: [.wwwAuthenticate: #"Bearer realm="leeway registry", Basic realm="leeway registry""#])
}
