import GRDB

/// Finds runs of some experiments: by default those started last come first.
package struct RunSearch: Sendable {
    package var experiments: [Int64]
    package var filter: String
    package var view: StageView
    package var orderBy: [String]
    /// Of 1 to 50,000.
    package var maxResults: Int
    package var pageToken: String?

    package init(
        experiments: [Int64], filter: String = "", view: StageView = .active, orderBy: [String] = [],
        maxResults: Int = 1000, pageToken: String? = nil
    ) {
        (self.experiments, self.filter, self.view) = (experiments, filter, view)
        (self.orderBy, self.maxResults, self.pageToken) = (orderBy, maxResults, pageToken)
    }

    /// - Throws: `RegistryError.invalid`.
    func page(in database: Database) throws -> Page<String> {
        let request = try PageRequest(maxResults: maxResults, atMost: 50_000, token: pageToken)
        let order = try RunOrder(orderBy)
        let query = PageQuery(
            selection: "SELECT run.id FROM run" + order.joins,
            conditions: try [SQL.list("run.experiment", .isIn, experiments)] + view.conditions("run.stage")
                + RunVocabulary.all.conditions(filter),
            order: order.terms)
        return try query.page(request, in: database) { $0[0] }
    }
}

enum RunVocabulary {
    static let all = SearchVocabulary(
        prefixes: prefixes, attributes: attributes, datasetAttributes: datasetAttributes,
        tables: [.metric: metrics, .parameter: params, .tag: tags],
        unknownPrefix: {
            "Invalid entity type '\($0)'. Valid values are "
                + "['metric', 'parameter', 'tag', 'attribute', 'dataset']"
        })

    static let metrics = KeyedTable(name: "latest_metric", belongs: "entry.run = run.id")
    static let params = KeyedTable(name: "param", belongs: "entry.run = run.id")
    static let tags = KeyedTable(name: "run_tag", belongs: "entry.run = run.id")

    private static let prefixes: [String: FieldKind] = [
        "metric": .metric, "metrics": .metric, "tag": .tag, "tags": .tag,
        "parameter": .parameter, "parameters": .parameter, "param": .parameter, "params": .parameter,
        "attribute": .attribute, "attributes": .attribute, "attr": .attribute, "run": .attribute,
        "dataset": .dataset, "datasets": .dataset,
    ]

    private static let attributes: [String: SearchColumn] = [
        "run_id": SearchColumn(name: "run.id", takesLists: true),
        "run_name": name, "run name": name, "Run name": name, "Run Name": name,
        "user_id": SearchColumn(name: "run.user"), "status": SearchColumn(name: "run.status"),
        "artifact_uri": SearchColumn(name: "run.artifact_uri"),
        "start_time": start, "created": start, "Created": start,
        "end_time": SearchColumn(name: "run.end_time", content: .number),
    ]
    private static let name = SearchColumn(name: "run.name")
    private static let start = SearchColumn(name: "run.start_time", content: .number)

    private static let datasetAttributes = [
        "name": SearchColumn(name: "dataset.name", takesLists: true, within: datasets),
        "digest": SearchColumn(name: "dataset.digest", takesLists: true, within: datasets),
        "context": SearchColumn(
            name: "entry.value", takesLists: true,
            within: "SELECT 1 FROM run_dataset_tag AS entry "
                + "WHERE entry.run = run.id AND entry.key = 'mlflow.data.context'"),
    ]
    private static let datasets =
        "SELECT 1 FROM run_dataset JOIN dataset ON dataset.id = run_dataset.dataset WHERE run_dataset.run = run.id"
}
