import Hummingbird
import Registry

/// MLflow's REST API over the registry: one function a call, named as MLflow names it.
struct MLflowRoutes: Sendable {
    let registry: Registry
    let retried = RetriedRequests()

    /// The API has a second address, for MLflow's own pages.
    func add(to router: Router<RegistryContext>) {
        for root in ["api/2.0/mlflow", "ajax-api/2.0/mlflow"] {
            let group = router.group(RouterPath(root))
            addExperiments(to: group)
            addRuns(to: group)
            addLoggedModels(to: group)
            addRegisteredModels(to: group)
            addModelVersions(to: group)
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
