import Hummingbird

/// What the API answers when it cannot do what was asked: `{"error":{"code":…,"message":…}}`.
struct APIError: Error {
    var status: HTTPResponse.Status
    var code: String
    var message: String
    var headers: HTTPFields = [:]

    static func unknownModel(_ model: String, known: [String]) -> APIError {
        let others =
            known.isEmpty
            ? "no model is monitored" : "monitored: " + known.sorted().joined(separator: ", ")
        return APIError(
            status: .notFound, code: "unknown_model",
            message: "model \"\(model)\" is not monitored; \(others)")
    }

    static func unknownPath(_ path: String) -> APIError {
        APIError(status: .notFound, code: "not_found", message: "there is nothing at \(path)")
    }

    static func methodNotAllowed(_ method: HTTPRequest.Method, allowed: [String]) -> APIError {
        APIError(
            status: .methodNotAllowed, code: "method_not_allowed",
            message: "\(method.rawValue) is not allowed here, only \(allowed.formatted)",
            headers: [.allow: allowed.joined(separator: ", ")])
    }

    static func badParameter(_ name: String, _ reason: String) -> APIError {
        APIError(status: .badRequest, code: "bad_parameter", message: "\(name) \(reason)")
    }

    static func unexpected(by owner: ConsoleError.Owner) -> APIError {
        APIError(
            status: .internalServerError, code: "internal",
            message: "the \(owner.rawValue) failed to answer; its log says why")
    }
}

extension APIError: HTTPResponseError {
    private struct Body: Encodable {
        struct Failure: Encodable {
            var code: String
            var message: String
        }

        var error: Failure
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        try .json(Body(error: .init(code: code, message: message)), status: status, headers: headers)
    }
}

/// Answers every failure in the API's own form, and logs those that are ours.
struct APIErrors<Context: RequestContext>: RouterMiddleware {
    let owner: ConsoleError.Owner

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as APIError {
            throw error
        } catch let error as HTTPError where error.status == .notFound {
            throw APIError.unknownPath(request.uri.path)
        } catch let error as HTTPError where error.status.kind == .clientError {
            throw APIError(
                status: error.status, code: "bad_request", message: error.body ?? error.status.reasonPhrase)
        } catch {
            context.logger.error("cannot answer \(request.method) \(request.uri.path): \(error)")
            throw APIError.unexpected(by: owner)
        }
    }
}
