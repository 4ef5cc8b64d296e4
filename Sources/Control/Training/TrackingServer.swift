import Console
import Foundation

/// The registry as programs that it starts reach it.
struct TrackingServer: Sendable {
    /// As `http://127.0.0.1:5050`.
    let address: String
    let access: Access

    /// - Parameters:
    ///   - host: where the registry listens.
    init(host: String, port: Int, access: Access) {
        let reachable = ["0.0.0.0", "::", "[::]", ""].contains(host) ? "127.0.0.1" : host
        address =
            "http://\(reachable.contains(":") && !reachable.hasPrefix("[") ? "[\(reachable)]" : reachable):\(port)"
        self.access = access
    }

    /// Lets a program log to the registry while `body` runs it: by the environment that MLflow's client reads, with a
    /// token of its own where one is needed.
    func lend(to name: String, _ body: (_ variables: [String: String]) async throws -> Void) async throws {
        var variables = ["MLFLOW_TRACKING_URI": address]
        guard let token = access.lend(to: name) else { return try await body(variables) }
        defer { access.takeBack(token) }
        variables["MLFLOW_TRACKING_TOKEN"] = token.secret
        try await body(variables)
    }
}
