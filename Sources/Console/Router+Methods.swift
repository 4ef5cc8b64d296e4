import Hummingbird

extension Router {
    private static var methods: [HTTPRequest.Method] {
        [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
    }

    /// Says to whoever tries a method that a path does not have which it has. To be called once all routes are
    /// there.
    func refuseOtherMethods() {
        for (path, routes) in Dictionary(grouping: routes, by: \.path.description) {
            var allowed = Set(routes.map(\.method))
            if allowed.contains(.get) { allowed.insert(.head) }
            let names = allowed.map(\.rawValue).sorted()
            for method in Router.methods where !allowed.contains(method) {
                on(RouterPath(path), method: method) { request, _ -> Response in
                    throw RouteGroup(path: request.uri.path).isMLflow
                        ? MLflowError.methodNotAllowed(request.method, allowed: names)
                        : APIError.methodNotAllowed(request.method, allowed: names)
                }
            }
        }
    }
}

extension [String] {
    /// As a person lists them: `A, B and C`.
    var formatted: String {
        let others = dropLast().joined(separator: ", ")
        return others.isEmpty ? last ?? "" : others + " and " + (last ?? "")
    }
}
