import Drift
import Hummingbird

/// Alerts and how they went: `/api/v1/alerts`.
struct AlertRoutes: Sendable {
    let observatory: any Observatory

    func add(to router: Router<some RequestContext>) {
        router.get("api/v1/alerts") { request, _ in try await list(request) }
        router.get("api/v1/alerts/:alert") { _, context in
            try await show(context.parameters.decoded("alert"))
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let page = try await observatory.alerts(request.alertQuery())
        return try .json(
            Page(
                alerts: page.alerts, next: page.next.map(String.init),
                firing: Dictionary(
                    uniqueKeysWithValues: DriftEvent.Severity.allCases.map {
                        ($0.rawValue, page.firing[$0] ?? 0)
                    })))
    }

    private struct Page: Encodable {
        var alerts: [AlertRecord]
        var next: String?
        var firing: [String: Int]
    }

    private func show(_ id: String) async throws -> Response {
        guard let story = try await observatory.alert(id) else {
            throw APIError(
                status: .notFound, code: "unknown_alert", message: "there is no alert \"\(id)\", or no more")
        }
        return try .json(story)
    }
}

extension Request {
    fileprivate func alertQuery() throws(APIError) -> AlertQuery {
        AlertQuery(
            model: text("model"), kind: text("kind"), state: try choice("state"),
            severity: try choice("severity"), before: try sequence("before"),
            limit: try limit(default: 50, most: 500))
    }

    /// A parameter of the query, decoded; `nil` where it is empty, as forms send what is not chosen.
    private func text(_ name: String) -> String? {
        let value = FormFields.parse(uri.query ?? "").first { $0.name == name }?.value
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(APIError) -> Choice? where Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badParameter(name, "is one of \(choices), was \"\(text)\"")
        }
        return choice
    }
}
