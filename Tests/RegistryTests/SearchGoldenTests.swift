import Foundation
import GRDB
import Testing

@testable import Registry

/// Answers of mlflow 3.17.2's own stores, written by tools/golden/mlflow_search.py.
@Suite struct SearchGoldenTests {
    @Test func `each search answers as MLflow's own stores do, or as the golden file says that it should`()
        async throws
    {
        let golden = try SearchGolden.load()
        let registry = try Registry(folder: temporaryFolder())
        try await registry.database.write(golden.world.load)
        #expect(golden.cases.count > 500)
        for asked in golden.cases {
            for many in [10_000, 0] {
                let pages = try await registry.read { database in
                    Result { () throws(RegistryError) in try asked.query.pages(in: database, many: many) }
                }
                asked.judge(pages)
            }
        }
    }
}

private struct SearchGolden: Decodable {
    var world: SearchWorld
    var cases: [SearchCase]

    static func load() throws -> SearchGolden {
        let url = Bundle.module.resourceURL!.appending(path: "Golden/mlflow_search.json")
        return try JSONDecoder().decode(SearchGolden.self, from: Data(contentsOf: url))
    }
}

private struct SearchCase: Decodable, Sendable {
    var query: SearchQuery
    var pages: [[Identifier]]?
    /// What the words of an error begin with.
    var words: String?
    /// Where Leeway means to answer otherwise.
    var ours: DeliberateAnswer?

    func judge(_ answer: Result<[[Identifier]], RegistryError>) {
        switch (answer, ours) {
        case (.success(let found), .identifiers(let expected)?): #expect(found == [expected], "\(query)")
        case (.success(let found), nil): #expect(found == pages, "\(query)")
        case (.failure(let error), .error?): #expect(error.kind == .invalid, "\(query)")
        case (.failure(let error), nil):
            let words = words ?? "an answer"
            #expect(
                error.kind == .invalid && error.description.hasPrefix(words),
                "\(query): \(error) is not \(words)")
        case (.success(let found), .error?): Issue.record("\(query) answers \(found)")
        case (.failure(let error), .identifiers?): Issue.record("\(query) fails: \(error)")
        }
    }
}

private enum DeliberateAnswer: Decodable, Sendable {
    case error
    case identifiers([Identifier])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let identifiers = try? container.decode([Identifier].self)
        self = identifiers.map { .identifiers($0) } ?? .error
    }
}

/// An id, a name, or `name/version`; an experiment's number as text.
private struct Identifier: Decodable, Equatable, Sendable {
    var text: String

    init(_ text: String) { self.text = text }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        text = try (try? container.decode(String.self)) ?? String(container.decode(Int64.self))
    }
}

private struct SearchQuery: Decodable, Sendable {
    var entity: String
    var experiments: [Int64]
    var filter: String
    var view: String
    var order_by: [OrderClause]
    var max_results: Int
    var datasets: [[String?]]

    func pages(in database: Database, many: Int) throws(RegistryError) -> [[Identifier]] {
        var pages: [[Identifier]] = []
        var token: String?
        repeat {
            let page: Page<Identifier>
            do { page = try self.page(token, in: database, many: many) } catch let error as RegistryError {
                throw error
            } catch {
                throw RegistryError(.conflict, "\(error)")
            }
            pages.append(page.items)
            token = page.nextToken
        } while token != nil
        return pages
    }

    private func page(_ token: String?, in database: Database, many: Int) throws -> Page<Identifier> {
        switch entity {
        case "runs":
            try RunSearch(
                experiments: experiments, filter: filter, view: stages, orderBy: clauses,
                maxResults: max_results,
                pageToken: token
            ).page(in: database, many: many).map { Identifier($0) }
        case "experiments":
            try ExperimentSearch(
                filter: filter, view: stages, orderBy: clauses, maxResults: max_results, pageToken: token
            ).page(in: database).map { Identifier("\($0)") }
        case "registered_models":
            try RegisteredModelSearch(
                filter: filter, orderBy: clauses, maxResults: max_results, pageToken: token
            )
            .page(in: database).map { Identifier($0) }
        case "model_versions":
            try ModelVersionSearch(
                filter: filter, orderBy: clauses, maxResults: max_results, pageToken: token
            )
            .page(in: database).map { Identifier("\($0.model)/\($0.version)") }
        default:
            try LoggedModelSearch(
                experiments: experiments, filter: filter,
                datasets: datasets.map { LoggedModelSearch.Dataset(name: $0[0] ?? "", digest: $0[1]) },
                orderBy: order_by.map(\.object), maxResults: max_results, pageToken: token
            ).page(in: database).map { Identifier($0) }
        }
    }

    private var stages: StageView { view == "all" ? .all : view == "deleted" ? .deleted : .active }

    private var clauses: [String] { order_by.map(\.object.fieldName) }
}

/// Text, or for logged models a row of field, ascending, dataset name and digest.
private struct OrderClause: Decodable, Sendable {
    var object: LoggedModelSearch.Order

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            object = LoggedModelSearch.Order(fieldName: text)
            return
        }
        var row = try decoder.unkeyedContainer()
        object = LoggedModelSearch.Order(
            fieldName: try row.decode(String.self), ascending: try row.decode(Bool.self),
            datasetName: row.isAtEnd ? nil : try row.decode(String?.self),
            datasetDigest: row.isAtEnd ? nil : try row.decode(String?.self))
    }
}

extension Page {
    fileprivate func map<Other: Sendable>(_ change: (Item) -> Other) -> Page<Other> {
        Page<Other>(items: items.map(change), nextToken: nextToken)
    }
}
