import GRDB

/// Finds experiments: by default those made last come first.
package struct ExperimentSearch: Sendable {
    package var filter: String
    package var view: StageView
    package var orderBy: [String]
    /// Of 1 to 50,000.
    package var maxResults: Int
    package var pageToken: String?

    package init(
        filter: String = "", view: StageView = .active, orderBy: [String] = [], maxResults: Int = 1000,
        pageToken: String? = nil
    ) {
        (self.filter, self.view, self.orderBy) = (filter, view, orderBy)
        (self.maxResults, self.pageToken) = (maxResults, pageToken)
    }

    /// - Throws: `RegistryError.invalid`.
    func page(in database: Database) throws -> Page<Int64> {
        let request = try PageRequest(maxResults: maxResults, atMost: 50_000, token: pageToken)
        let query = PageQuery(
            selection: "SELECT experiment.id FROM experiment",
            conditions: try view.conditions("experiment.stage") + Self.vocabulary.conditions(filter),
            order: try order)
        return try query.page(request, in: database) { $0[0] }
    }

    private var order: [SQL] {
        get throws(RegistryError) {
            try orderBy.isEmpty
                ? ["experiment.created DESC", "experiment.id ASC"]
                : Self.order.terms(orderBy, ties: [("experiment.id", "DESC")])
        }
    }

    private static let vocabulary = SearchVocabulary(
        prefixes: SearchVocabulary.registryPrefixes,
        attributes: [
            "name": SearchColumn(name: "experiment.name"),
            "experiment_id": SearchColumn(name: "experiment.id", content: .identifier, takesLists: true),
            "creation_time": SearchColumn(name: "experiment.created", content: .number),
            "last_update_time": SearchColumn(name: "experiment.updated", content: .number),
        ],
        tables: [.tag: KeyedTable(name: "experiment_tag", belongs: "entry.experiment = experiment.id")],
        unknownPrefix: SearchVocabulary.unknownRegistryPrefix)

    private static let order = AttributeOrder(
        vocabulary: vocabulary,
        columns: [
            "name": "experiment.name", "experiment_id": "experiment.id",
            "creation_time": "experiment.created",
            "last_update_time": "experiment.updated",
        ])
}
