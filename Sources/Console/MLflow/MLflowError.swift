import Hummingbird
import Registry

/// What MLflow's clients are told when something cannot be done: `{"error_code":…,"message":…}`.
struct MLflowError: Error {
    /// MLflow's codes, and the status that its clients expect with each (mlflow/exceptions.py).
    enum Code: String {
        case invalidParameterValue = "INVALID_PARAMETER_VALUE"
        case badRequest = "BAD_REQUEST"
        case resourceAlreadyExists = "RESOURCE_ALREADY_EXISTS"
        case resourceDoesNotExist = "RESOURCE_DOES_NOT_EXIST"
        case endpointNotFound = "ENDPOINT_NOT_FOUND"
        case permissionDenied = "PERMISSION_DENIED"
        case unauthenticated = "UNAUTHENTICATED"
        case resourceConflict = "RESOURCE_CONFLICT"
        case notImplemented = "NOT_IMPLEMENTED"
        case resourceExhausted = "RESOURCE_EXHAUSTED"
        case internalError = "INTERNAL_ERROR"

        var status: HTTPResponse.Status {
            switch self {
            case .invalidParameterValue, .badRequest, .resourceAlreadyExists: .badRequest
            case .resourceDoesNotExist, .endpointNotFound: .notFound
            case .permissionDenied: .forbidden
            case .unauthenticated: .unauthorized
            case .resourceConflict: .conflict
            case .notImplemented: .notImplemented
            // Not 500: clients would try again for minutes.
            case .resourceExhausted: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
            case .internalError: .internalServerError
            }
        }
    }

    var code: Code
    var message: String
    var headers: HTTPFields = [:]
    /// Where it is not the code's own.
    var otherStatus: HTTPResponse.Status?

    static func invalid(_ message: String) -> MLflowError {
        MLflowError(code: .invalidParameterValue, message: message)
    }
}

extension MLflowError {
    static func methodNotAllowed(_ method: HTTPRequest.Method, allowed: [String]) -> MLflowError {
        MLflowError(
            code: .badRequest, message: "\(method.rawValue) is not allowed here, only \(allowed.formatted)",
            headers: [.allow: allowed.joined(separator: ", ")], otherStatus: .methodNotAllowed)
    }

    static func unknownPath(_ path: String) -> MLflowError {
        MLflowError(code: .endpointNotFound, message: "there is nothing at \(path)")
    }

    init(_ error: RegistryError) {
        let code: Code =
            switch error.kind {
            case .invalid, .forbidden: .invalidParameterValue
            case .notFound: .resourceDoesNotExist
            case .alreadyExists: .resourceAlreadyExists
            case .conflict: .resourceConflict
            case .exhausted: .resourceExhausted
            }
        self.init(code: code, message: error.description)
    }
}

extension MLflowError: HTTPResponseError {
    var status: HTTPResponse.Status { otherStatus ?? code.status }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let body: JSON = ["error_code": .text(code.rawValue), "message": .text(message)]
        return .json(body, status: status, headers: headers)
    }
}

/// Answers every failure under MLflow's paths in MLflow's form, and logs those that are ours.
struct MLflowErrors: RouterMiddleware {
    func handle(
        _ request: Request, context: RegistryContext,
        next: (Request, RegistryContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as MLflowError {
            throw error
        } catch let error as RegistryError {
            throw MLflowError(error)
        } catch let error as HTTPError where error.status == .notFound {
            throw MLflowError.unknownPath(request.uri.path)
        } catch let error as HTTPError where error.status.kind == .clientError {
            throw MLflowError(
                code: .badRequest, message: error.body ?? error.status.reasonPhrase,
                otherStatus: error.status)
        } catch {
            context.logger.error("cannot answer \(request.method) \(request.uri.path): \(error)")
            throw MLflowError(
                code: .internalError, message: "the registry failed to answer; its log says why")
        }
    }
}
