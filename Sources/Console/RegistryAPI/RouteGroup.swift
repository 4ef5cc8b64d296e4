/// The interfaces of a registry: each has its own form of errors, and is counted by itself.
enum RouteGroup: String {
    case mlflow, artifacts, api, other

    init(path: String) {
        let prefixes: [(String, RouteGroup)] = [
            ("/api/2.0/mlflow-artifacts/", .artifacts), ("/api/2.0/mlflow/", .mlflow),
            ("/api/3.0/mlflow/", .mlflow), ("/ajax-api/", .mlflow), ("/get-artifact", .artifacts),
            ("/api/v1/", .api),
        ]
        self = prefixes.first { path.hasPrefix($0.0) }?.1 ?? .other
    }

    /// Those who ask are MLflow's clients.
    var isMLflow: Bool { self == .mlflow || self == .artifacts }
}
