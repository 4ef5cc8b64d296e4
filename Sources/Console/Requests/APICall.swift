import Hummingbird
import NIOCore
import Registry

/// One call of MLflow's API or of ours: what is asked, and who asks.
struct APICall {
    let fields: RequestFields
    let actor: Actor
    let parameters: Parameters
    let connection: any Channel

    init(_ request: Request, _ context: RegistryContext) async throws {
        fields = try await RequestFields.of(request)
        (actor, parameters, connection) = (context.actor, context.parameters, context.connection)
    }

    /// The client, as far as one can be told from others.
    var sender: String { "\(actor.name)\n\(actor.client)\n\(connection.remoteAddress?.ipAddress ?? "")" }

    /// A parameter of the path.
    func parameter(_ name: String) throws -> String { try parameters.decoded(name) }
}

extension Parameters {
    func decoded(_ name: String) throws -> String {
        let encoded = try require(name)
        return encoded.percentDecoded ?? encoded
    }
}

extension RouterGroup<RegistryContext> {
    func answer(
        _ method: HTTPRequest.Method, _ path: RouterPath,
        _ answer: @escaping @Sendable (APICall) async throws -> JSON
    ) {
        on(path, method: method) { request, context in
            Response.json(try await answer(APICall(request, context)))
        }
    }
}

// MARK: - Fields that many calls have

extension RequestFields {
    func requiredText(_ name: String) throws -> String { try required(name, text) }

    func requiredInteger(_ name: String) throws -> Int64 { try required(name, integer) }

    func experiment(_ name: String = "experiment_id") throws -> Int64 {
        try RequestFields.experiment(requiredText(name))
    }

    static func experiment(_ text: String) throws -> Int64 {
        guard let id = Int64(text) else {
            throw MLflowError.invalid(
                "Invalid experiment ID '\(text)'. Experiment ID must be a valid integer.")
        }
        return id
    }

    /// `run_id`, or `run_uuid` as older clients call it.
    func run() throws -> String {
        let id = try text("run_id") ?? text("run_uuid")
        guard let id, !id.isEmpty else { throw missing("run_id") }
        return id
    }

    /// The version of a registered model: a number, written as text.
    func version() throws -> Int64 {
        let text = try requiredText("version")
        guard let version = Int64(text) else {
            throw MLflowError.invalid("Parameter 'version' must be an integer, got '\(text)'.")
        }
        return version
    }

    /// A tag or parameter of its own.
    func tag() throws -> Tag { Tag(key: try requiredText("key"), value: try text("value") ?? "") }

    /// A list of tags or parameters.
    func tags(_ name: String = "tags") throws -> [Tag] { try objects(name).map { try $0.tag() } }
}
