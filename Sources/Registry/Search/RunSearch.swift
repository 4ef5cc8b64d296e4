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

    /// - Parameter many: from how many runs in these experiments on a metric's own index is read in its order.
    /// - Throws: `RegistryError.invalid`.
    func page(in database: Database, many: Int = 10_000) throws -> Page<String> {
        let request = try PageRequest(maxResults: maxResults, atMost: 50_000, token: pageToken)
        let order = try RunOrder(orderBy)
        let comparisons = try FilterParser.comparisons(in: filter)
        let conditions = try scope + RunVocabulary.all.conditions(comparisons)
        if let walk = MetricWalk(order, comparisons, conditions), try hasMany(many, in: database) {
            let page = try walk.query.page(request, in: database) { $0[0] as String }
            if walk.isWhole || page.nextToken != nil { return page }
        }
        let query = PageQuery(
            selection: "SELECT run.id FROM run" + order.joins.joined(), conditions: conditions,
            order: order.terms)
        return try query.page(request, in: database) { $0[0] }
    }

    /// With one experiment, its index has the runs in their usual order.
    private var scope: [SQL] {
        let within =
            experiments.count == 1
            ? SQL(sql: "run.experiment = ?", arguments: [experiments[0]])
            : SQL.list("run.experiment", .isIn, experiments)
        return [within] + view.conditions("run.stage")
    }

    private func hasMany(_ many: Int, in database: Database) throws -> Bool {
        let runs = SQL(sql: "SELECT 1 FROM run WHERE ") + scope.joined(separator: " AND ")
        let count = ["SELECT count(*) FROM (", runs, SQL(sql: " LIMIT ?", arguments: [many]), ")"].joined()
        return try SQLRequest<Int>(literal: count).fetchOne(database) == many
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
