import Hummingbird
import Registry

/// MLflow's REST API over the registry: one function a call, named as MLflow names it.
struct MLflowRoutes: Sendable {
    let registry: Registry
    let retried = RetriedRequests()

    /// The API has a second address, for MLflow's own pages.
    func add(to router: Router<RegistryContext>) {
        for root in ["api/2.0/mlflow", "ajax-api/2.0/mlflow"] {
            let endpoints = MLflowEndpoints(
                group: router.group(RouterPath(root)))
            addExperiments(endpoints)
            addRuns(endpoints)
            addLoggedModels(endpoints)
            addRegisteredModels(endpoints)
            addModelVersions(endpoints)
        }
    }
}

/// Where calls are registered by method and path.
struct MLflowEndpoints {
    let group: RouterGroup<RegistryContext>

    typealias Answer = @Sendable (MLflowCall) async throws -> JSON

    func get(_ path: String, _ answer: @escaping Answer) { on(.get, path, answer) }
    func post(_ path: String, _ answer: @escaping Answer) { on(.post, path, answer) }
    func patch(_ path: String, _ answer: @escaping Answer) { on(.patch, path, answer) }
    func delete(_ path: String, _ answer: @escaping Answer) { on(.delete, path, answer) }

    private func on(_ method: HTTPRequest.Method, _ path: String, _ answer: @escaping Answer) {
        group.on(RouterPath(path), method: method) { request, context in
            try await Response.json(answer(MLflowCall(request, context)))
        }
    }
}

extension JSON {
    /// What a call without anything to say answers.
    static let nothing: JSON = [:]

    /// A page of a search.
    static func page<Item>(_ page: Page<Item>, as name: String, _ shape: (Item) -> JSON) -> JSON {
        .object(
            [name: JSON.list(page.items.map(shape)), "next_page_token": JSON(page.nextToken)]
                .filter { $0.value != .null })
    }
}
