package import Rollouts
import Synchronization

/// The routes as they are now, so that to assign a unit asks no database.
final class RouteBoard: Sendable {
    private struct State {
        var routes: [String: RolloutRoute] = [:]
        /// Grows with every change that may have moved a route.
        var generation: UInt64 = 0
    }

    private let state = Mutex(State())

    var generation: UInt64 { state.withLock(\.generation) }

    /// A route may have changed.
    func clear() {
        state.withLock {
            $0.generation += 1
            $0.routes.removeAll(keepingCapacity: true)
        }
    }

    /// A model's route, read where it is not known.
    func route(
        of model: String, read: @Sendable (String) async throws -> RolloutRoute
    ) async throws -> RolloutRoute {
        let (known, generation) = state.withLock { ($0.routes[model], $0.generation) }
        if let known { return known }
        let route = try await read(model)
        // What was read before a change is not to outlive it.
        state.withLock { if $0.generation == generation { $0.routes[model] = route } }
        return route
    }
}

extension Registry {
    /// Who serves a model's units, and what is compared.
    package func route(of model: String) async throws -> RolloutRoute {
        try await routeBoard.route(of: model) { [self] model in
            try await read { try RolloutRoute.of(model, $0) }
        }
    }

    /// Those of all models that have a champion.
    package func routes() async throws -> [RolloutRoute] {
        try await read { database in
            try String.fetchAll(
                database, sql: "SELECT model FROM alias WHERE alias = ? ORDER BY model",
                arguments: [Alias.champion]
            ).map { try RolloutRoute.of($0, database) }
        }
    }

    /// Grows with every change that may have moved a route.
    package var routeGeneration: UInt64 { routeBoard.generation }
}
