import Drift
import Hummingbird
import Synchronization

/// Counts requests and how long they took, by interface, method and status.
final class RequestTally: RouterMiddleware {
    private struct Kind: Hashable, Comparable {
        var group: String
        var method: String
        var status: Int

        static func < (a: Kind, b: Kind) -> Bool {
            (a.group, a.method, a.status) < (b.group, b.method, b.status)
        }
    }

    private struct Sum {
        var requests = 0.0
        var seconds = 0.0
    }

    private let sums = Mutex<[Kind: Sum]>([:])

    func handle(
        _ request: Request, context: RegistryContext,
        next: (Request, RegistryContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        do {
            let response = try await next(request, context)
            count(request, response.status, since: start)
            return response
        } catch {
            count(request, (error as? any HTTPResponseError)?.status ?? .internalServerError, since: start)
            throw error
        }
    }

    private func count(
        _ request: Request, _ status: HTTPResponse.Status, since start: ContinuousClock.Instant
    ) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let kind = Kind(
            group: RouteGroup(path: request.uri.path).rawValue, method: name(of: request.method),
            status: status.code)
        sums.withLock { sums in
            sums[kind, default: Sum()].requests += 1
            sums[kind, default: Sum()].seconds += seconds
        }
    }

    /// Methods that nobody defined are one: a stranger is not to choose how many there are.
    private func name(of method: HTTPRequest.Method) -> String {
        let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        return known.contains(method) ? method.rawValue : "other"
    }

    var families: [MetricFamily] {
        let sorted = sums.withLock { $0 }.sorted { $0.key < $1.key }
        func family(_ name: String, _ help: String, _ value: (Sum) -> Double) -> MetricFamily {
            MetricFamily(
                name: name, help: help, kind: .counter,
                samples: sorted.map { kind, sum in
                    let labels = [
                        ("group", kind.group), ("method", kind.method), ("status", "\(kind.status)"),
                    ]
                    return MetricFamily.Sample(value(sum), labels: labels)
                })
        }
        return [
            family("leeway_registry_requests_total", "Requests answered.", \.requests),
            family(
                "leeway_registry_request_seconds_total", "Seconds until answers began, added up.", \.seconds),
        ]
    }
}
