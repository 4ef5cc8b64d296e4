package import Drift
package import Foundation

/// A run, with its metrics' latest values.
package struct RunSummary: Codable, Sendable {
    package var id: String
    package var name: String
    package var experiment: String
    package var status: String
    package var started: Timestamp?
    package var ended: Timestamp?
    package var user: String
    package var params: [String: String]
    package var metrics: [String: MetricValue]
    package var tags: [String: String]
    /// Of a run asked for by itself.
    package var lineage: [String: AnyJSON]?

    private enum CodingKeys: String, CodingKey {
        case name, experiment, status, started, ended, user, params, metrics, tags, lineage
        case id = "run_id"
    }
}

/// A number that may be none: NaN and infinities travel as text.
package struct MetricValue: Codable, Equatable, Sendable {
    package var value: Double

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Double.self) {
            self.value = value
        } else {
            value = Double(try container.decode(String.self)) ?? .nan
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite {
            try container.encode(value)
        } else {
            try container.encode(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }
    }
}

extension RegistryClient {
    package func run(_ id: String) async throws(RegistryClientError) -> Answer<RunSummary> {
        try await get("/api/v1/runs/\(id.percentEncoded)")
    }

    /// The id of the one run that is meant by an id, the beginning of one, or a name.
    package func id(ofRun text: String) async throws(RegistryClientError) -> String {
        let isHexadecimal = text.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        if isHexadecimal, text.utf8.count == 32 { return text }
        if isHexadecimal, text.utf8.count >= 4,
            let id = try await onlyRun(where: "attributes.run_id LIKE '\(text)%'", text)
        {
            return id
        }
        let quote = text.contains("'") ? "\"" : "'"
        if !text.contains(quote),
            let id = try await onlyRun(where: "attributes.run_name = \(quote)\(text)\(quote)", text)
        {
            return id
        }
        throw RegistryClientError(.notFound, address, "no run is called \(text); `leeway runs` lists them")
    }

    private func onlyRun(
        where filter: String, _ text: String
    ) async throws(RegistryClientError) -> String? {
        let found = try await runs(of: nil, filter: filter, order: [], limit: 5)
        guard found.count > 1 else { return found.first?.id }
        let ids = found.map(\.id).joined(separator: ", ")
        throw RegistryClientError(
            .notFound, address, "several runs are meant by \(text); name one by its id: \(ids)")
    }

    /// Searches one experiment, or all that are not deleted, with MLflow's grammar.
    package func runs(
        of experiment: String?, filter: String, order: [String], limit: Int
    ) async throws(RegistryClientError) -> [RunSummary] {
        let experiments = try await self.experiments(named: experiment)
        guard !experiments.isEmpty else { return [] }
        var runs: [RunSummary] = []
        var token: String?
        repeat {
            let search = RunSearch(
                experiment_ids: experiments.keys.sorted(), filter: filter, order_by: order,
                max_results: min(limit - runs.count, 1000), page_token: token)
            let page: RunPage = try await send("POST", "/api/2.0/mlflow/runs/search", body: search).value
            runs += (page.runs ?? []).map { RunSummary($0, of: experiments) }
            token = page.next_page_token.flatMap { $0.isEmpty ? nil : $0 }
        } while token != nil && runs.count < limit
        return runs
    }

    /// Names by id.
    private func experiments(
        named name: String?
    ) async throws(RegistryClientError) -> [String: String] {
        if let name {
            let found: ExperimentAnswer = try await get(
                "/api/2.0/mlflow/experiments/get-by-name", query: [("experiment_name", name)]
            ).value
            return [found.experiment.experiment_id: found.experiment.name]
        }
        var experiments: [String: String] = [:]
        var token: String?
        repeat {
            let search = ExperimentSearch(max_results: 1000, page_token: token)
            let page: ExperimentPage = try await send(
                "POST", "/api/2.0/mlflow/experiments/search", body: search
            ).value
            for experiment in page.experiments ?? [] {
                experiments[experiment.experiment_id] = experiment.name
            }
            token = page.next_page_token.flatMap { $0.isEmpty ? nil : $0 }
        } while token != nil
        return experiments
    }
}

// MARK: - MLflow's shapes, by MLflow's names

private struct ExperimentAnswer: Decodable { var experiment: ExperimentShape }

private struct ExperimentShape: Decodable {
    var experiment_id: String
    var name: String
}

private struct ExperimentSearch: Encodable {
    var max_results: Int
    var view_type = "ACTIVE_ONLY"
    var page_token: String?
}

private struct ExperimentPage: Decodable {
    var experiments: [ExperimentShape]?
    var next_page_token: String?
}

private struct RunSearch: Encodable {
    var experiment_ids: [String]
    var filter: String
    var order_by: [String]
    var max_results: Int
    var run_view_type = "ACTIVE_ONLY"
    var page_token: String?
}

private struct RunPage: Decodable {
    var runs: [RunShape]?
    var next_page_token: String?
}

private struct RunShape: Decodable {
    struct Info: Decodable {
        var run_id: String
        var run_name: String?
        var experiment_id: String
        var user_id: String?
        var status: String
        var start_time: Int64?
        var end_time: Int64?
    }

    struct Pair: Decodable {
        var key: String
        var value: String
    }

    struct Metric: Decodable {
        var key: String
        var value: MetricValue
    }

    struct Data: Decodable {
        var metrics: [Metric]?
        var params: [Pair]?
        var tags: [Pair]?
    }

    var info: Info
    var data: Data?
}

extension RunSummary {
    fileprivate init(_ run: RunShape, of experiments: [String: String]) {
        func texts(_ pairs: [RunShape.Pair]?) -> [String: String] {
            Dictionary((pairs ?? []).map { ($0.key, $0.value) }) { _, last in last }
        }
        let metrics = (run.data?.metrics ?? []).map { ($0.key, $0.value) }
        self.init(
            id: run.info.run_id, name: run.info.run_name ?? "",
            experiment: experiments[run.info.experiment_id] ?? run.info.experiment_id,
            status: run.info.status, started: run.info.start_time.map(Timestamp.init(milliseconds:)),
            ended: run.info.end_time.map(Timestamp.init(milliseconds:)), user: run.info.user_id ?? "",
            params: texts(run.data?.params), metrics: Dictionary(metrics) { _, last in last },
            tags: texts(run.data?.tags), lineage: nil)
    }
}

extension RegistryClient {
    /// A file of a run.
    ///
    /// - Parameter path: under the run's artifacts.
    /// - Throws: `RegistryClientError` of kind `notFound` where there is none.
    package func file(_ path: String, ofRun id: String) async throws(RegistryClientError) -> Data {
        try await bytes("/get-artifact", query: [("run_id", id), ("path", path)]).body
    }
}
