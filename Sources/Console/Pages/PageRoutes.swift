import Hummingbird

/// The console's pages: one HTML page under every path that a person may have kept, and what it is made of.
struct PageRoutes: Sendable {
    /// What the page makes of them is its own business.
    static let pages: [RouterPath] = [
        "/", "models/:model", "models/:model/features/:feature", "alerts", "alerts/:alert", "streams", "runs",
        "runs/:run", "compare", "rollouts", "rollouts/:rollout", "retraining", "jobs/:job",
    ]

    /// Whether a path is one of theirs, or what they are made of: the first step tells.
    static func isPage(_ path: String) -> Bool {
        let first = path.split(separator: "/").first ?? ""
        return path == "/" || first == "assets"
            || pages.contains { $0.description.split(separator: "/").first == first }
    }

    func add(to router: Router<some RequestContext>) {
        for page in PageRoutes.pages {
            router.get(page) { request, _ in try answer("index.html", to: request) }
        }
        router.get("assets/**") { request, context in
            try answer(context.parameters.getCatchAll().joined(separator: "/"), to: request)
        }
    }

    private func answer(_ path: String, to request: Request) throws -> Response {
        guard let asset = ConsoleAssets.embedded.files[path] else {
            throw APIError.unknownPath(request.uri.path)
        }
        return asset.answer(request)
    }
}

extension ConsoleAssets.Asset {
    /// A browser asks each time whether its copy is still the one: after an update pages and modules are of one version.
    func answer(_ request: Request) -> Response {
        let isCompressed = compressed != nil && request.acceptsGzip
        let tag = isCompressed ? "\"\(self.tag)-gzip\"" : "\"\(self.tag)\""
        var headers: HTTPFields = [
            .eTag: tag, .cacheControl: "no-cache", .vary: "Accept-Encoding", .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
        ]
        guard !request.hasCopy(of: tag) else { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = mediaType
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let body = isCompressed ? compressed ?? [] : bytes
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
