import Hummingbird

/// Keeps web pages away from a registry that trusts its machine. A browser on it can be led here by a name that
/// points to 127.0.0.1 (DNS rebinding), or by a page of another origin that posts.
struct LoopbackGuard: RouterMiddleware {
    func handle(
        _ request: Request, context: RegistryContext,
        next: (Request, RegistryContext) async throws -> Response
    ) async throws -> Response {
        if !Authentication.openPaths.contains(request.uri.path), !isLoopback(request.head.authority ?? "") {
            return .text(
                "Invalid Host header - possible DNS rebinding attack detected", status: .forbidden)
        }
        if !request.method.isSafe, let origin = request.headers[.origin], !isOwn(origin, of: request) {
            return .text("Cross-origin request blocked", status: .forbidden)
        }
        return try await next(request, context)
    }

    private func isOwn(_ origin: String, of request: Request) -> Bool {
        guard let authority = request.head.authority else { return false }
        return origin.lowercased() == "http://" + authority.lowercased()
    }

    /// Whether an authority, as `127.0.0.1:5050`, can only be this machine.
    private func isLoopback(_ authority: String) -> Bool {
        var host = authority[...]
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
            guard UInt16(host[host.index(after: colon)...]) != nil else { return false }
            host = host[..<colon]
        }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4 = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return host.lowercased() == "localhost" || host == "[::1]" || isIPv4
    }
}

extension HTTPRequest.Method {
    /// It asks and changes nothing.
    fileprivate var isSafe: Bool { self == .get || self == .head || self == .options }
}
