import GRDB

/// Finds logged models of some experiments that are not deleted: by default those made last come first.
package struct LoggedModelSearch: Sendable {
    /// One field to order by: an attribute, or a metric as `metrics.auc`, on one dataset where it is named.
    package struct Order: Sendable {
        package var fieldName: String
        package var ascending: Bool
        package var datasetName: String?
        package var datasetDigest: String?

        package init(
            fieldName: String, ascending: Bool = true, datasetName: String? = nil,
            datasetDigest: String? = nil
        ) {
            (self.fieldName, self.ascending) = (fieldName, ascending)
            (self.datasetName, self.datasetDigest) = (datasetName, datasetDigest)
        }
    }

    /// On which the metrics of a filter were measured. Without a digest: any dataset of this name.
    package struct Dataset: Sendable {
        package var name: String
        package var digest: String?

        package init(name: String, digest: String? = nil) { (self.name, self.digest) = (name, digest) }
    }

    package var experiments: [Int64]
    package var filter: String
    /// One of them has to match each metric of the filter; where it has none, a model needs any metric on one of them.
    package var datasets: [Dataset]
    package var orderBy: [Order]
    /// From 1.
    package var maxResults: Int
    package var pageToken: String?

    package init(
        experiments: [Int64], filter: String = "", datasets: [Dataset] = [], orderBy: [Order] = [],
        maxResults: Int = 100, pageToken: String? = nil
    ) {
        (self.experiments, self.filter, self.datasets) = (experiments, filter, datasets)
        (self.orderBy, self.maxResults, self.pageToken) = (orderBy, maxResults, pageToken)
    }

    /// - Throws: `RegistryError.invalid`.
    func page(in database: Database) throws -> Page<String> {
        let request = try PageRequest(maxResults: maxResults, atMost: Int(Int32.max), token: pageToken)
        let query = PageQuery(
            selection: "SELECT logged_model.id FROM logged_model",
            conditions: try [SQL.list("logged_model.experiment", .isIn, experiments)]
                + StageView.active.conditions("logged_model.stage") + matches,
            order: try LoggedModelOrder(orderBy).terms)
        return try query.page(request, in: database) { $0[0] }
    }

    private var matches: [SQL] {
        get throws(RegistryError) {
            var vocabulary = LoggedModelVocabulary.all
            let comparisons = try FilterParser.comparisons(in: filter)
            guard let onDatasets = try onDatasets else { return try vocabulary.conditions(comparisons) }
            vocabulary.tables[.metric]?.only = onDatasets
            let conditions = try vocabulary.conditions(comparisons)
            let hasMetrics = comparisons.contains { $0.field.prefix == "metrics" }
            return hasMetrics ? conditions : conditions + [LoggedModelVocabulary.anyMetric(onDatasets)]
        }
    }

    private var onDatasets: SQL? {
        get throws(RegistryError) {
            guard datasets.count <= FilterParser.longest else {
                throw .invalid("`datasets` can contain at most \(FilterParser.longest) datasets.")
            }
            guard datasets.allSatisfy({ !$0.name.isEmpty }) else {
                throw .invalid("`dataset_name` in the `datasets` clause must be specified.")
            }
            return datasets.isEmpty ? nil : datasets.map(\.condition).joined(separator: " OR ").parenthesized
        }
    }
}

extension LoggedModelSearch.Dataset {
    fileprivate var condition: SQL {
        let named = SQL(sql: "entry.dataset_name = ?", arguments: [name])
        guard let digest else { return named }
        return (named + SQL(sql: " AND entry.dataset_digest = ?", arguments: [digest])).parenthesized
    }
}

enum LoggedModelVocabulary {
    static let all = SearchVocabulary(
        prefixes: ["attributes": .attribute, "metrics": .metric, "params": .parameter, "tags": .tag],
        attributes: attributes,
        tables: [
            .metric: KeyedTable(name: "logged_model_metric", belongs: owner),
            .parameter: KeyedTable(name: "logged_model_param", belongs: owner, takesLists: true),
            .tag: KeyedTable(name: "logged_model_tag", belongs: owner, takesLists: true),
        ],
        unknownPrefix: {
            "Invalid entity type: '\($0)'. Expected one of ['attributes', 'metrics', 'params', 'tags']."
        })

    static func anyMetric(_ condition: SQL) -> SQL {
        SQL(sql: "EXISTS (SELECT 1 FROM logged_model_metric AS entry WHERE \(owner) AND ") + condition + ")"
    }

    private static let owner = "entry.model = logged_model.id"

    private static let attributes: [String: SearchColumn] = [
        "name": SearchColumn(name: "logged_model.name", takesLists: true),
        "model_id": SearchColumn(name: "logged_model.id", takesLists: true),
        "model_type": SearchColumn(name: "logged_model.model_type", takesLists: true),
        "source_run_id": SearchColumn(name: "logged_model.source_run", takesLists: true),
        "status": SearchColumn(name: "logged_model.status", takesLists: true, spelling: status),
        "status_message": SearchColumn(name: "logged_model.status_message", takesLists: true),
        "artifact_location": SearchColumn(name: "logged_model.artifact_uri", takesLists: true),
        "creation_time": created, "creation_timestamp": created, "creation_timestamp_ms": created,
        "last_updated_time": updated, "last_updated_timestamp": updated, "last_updated_timestamp_ms": updated,
    ]
    private static let created = SearchColumn(name: "logged_model.created", content: .number)
    private static let updated = SearchColumn(name: "logged_model.updated", content: .number)

    /// The Python client says `READY` where the wire says `LOGGED_MODEL_READY`.
    private static let status: @Sendable (String) -> String = { status in
        if status.hasPrefix("LOGGED_MODEL_") { return status }
        return "LOGGED_MODEL_" + (status == "FAILED" ? "UPLOAD_FAILED" : status)
    }
}
