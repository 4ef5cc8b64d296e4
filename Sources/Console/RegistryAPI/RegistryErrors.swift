import Hummingbird
import Registry

/// Answers every failure in the form of the interface it came from, and logs those that are ours.
struct RegistryErrors: RouterMiddleware {
    private let mlflow = MLflowErrors()
    private let api = APIErrors<RegistryContext>(owner: .registry)

    func handle(
        _ request: Request, context: RegistryContext,
        next: (Request, RegistryContext) async throws -> Response
    ) async throws -> Response {
        if RouteGroup(path: request.uri.path).isMLflow {
            return try await mlflow.handle(request, context: context, next: next)
        }
        return try await api.handle(request, context: context) { request, context in
            do {
                return try await next(request, context)
            } catch let error as MLflowError {
                throw APIError(error)
            } catch let error as RegistryError {
                throw APIError(error)
            }
        }
    }
}

extension APIError {
    /// Requests are read by the same rules, and tokens asked for, in both interfaces.
    fileprivate init(_ error: MLflowError) {
        self.init(
            status: error.status, code: error.code == .unauthenticated ? "unauthenticated" : "bad_request",
            message: error.message, headers: error.headers)
    }

    fileprivate init(_ error: RegistryError) {
        let (status, code): (HTTPResponse.Status, String) =
            switch error.kind {
            case .invalid: (.badRequest, "invalid")
            case .notFound: (.notFound, "not_found")
            case .alreadyExists: (.conflict, "already_exists")
            case .conflict: (.conflict, "conflict")
            case .forbidden: (.forbidden, "forbidden")
            case .exhausted: (MLflowError.Code.resourceExhausted.status, "exhausted")
            }
        self.init(status: status, code: code, message: error.description)
    }
}
