import HTTPTypes
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
        // The pages hold no secrets, and one of them asks for the token.
        guard !Authentication.openPaths.contains(request.uri.path), !PageRoutes.isPage(request.uri.path)
        else {
            return try await next(request, context)
        }
        guard let name = access.name(of: request) else { throw Authentication.refusal(of: request) }
        var context = context
        context.actor = Actor(name: name, client: String((request.headers[.userAgent] ?? "").prefix(200)))
        return try await next(request, context)
    }

    /// A script of a page asks for a token by itself; a browser that is told of `Basic` would ask before it does.
    private static func refusal(of request: Request) -> MLflowError {
        let bearer = #"Bearer realm="leeway registry""#
        let isOfScript = request.headers[.secFetchDest] == "empty"
        return MLflowError(
            code: .unauthenticated,
            message: "a token of the registry's token file is needed: set MLFLOW_TRACKING_TOKEN, "
                + "or LEEWAY_TOKEN for leeway's own commands",
            headers: [
                .wwwAuthenticate: isOfScript ? bearer : bearer + #", Basic realm="leeway registry""#
            ])
    }
}

extension HTTPField.Name {
    /// What a browser wants the answer for; it cannot be set by a page.
    fileprivate static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest")!
}
