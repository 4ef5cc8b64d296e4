import GRDB

/// Finds registered models, by default in the order of their names.
package struct RegisteredModelSearch: Sendable {
    package var filter: String
    package var orderBy: [String]
    /// Of 1 to 1,000.
    package var maxResults: Int
    package var pageToken: String?

    package init(
        filter: String = "", orderBy: [String] = [], maxResults: Int = 100, pageToken: String? = nil
    ) {
        (self.filter, self.orderBy) = (filter, orderBy)
        (self.maxResults, self.pageToken) = (maxResults, pageToken)
    }

    /// - Throws: `RegistryError.invalid`.
    func page(in database: Database) throws -> Page<String> {
        let request = try PageRequest(maxResults: maxResults, atMost: 1000, token: pageToken)
        let vocabulary = Self.vocabulary
        let prompts = try PromptFilter(FilterParser.comparisons(in: filter), vocabulary)
        let query = PageQuery(
            selection: "SELECT registered_model.name FROM registered_model",
            conditions: try vocabulary.conditions(prompts.comparisons)
                + prompts.conditions(
                    tags: "registered_model_tag", belongs: "entry.model = registered_model.name"),
            order: try Self.order.terms(orderBy, ties: [("registered_model.name", "ASC")]))
        return try query.page(request, in: database) { $0[0] }
    }

    private static let vocabulary = SearchVocabulary(
        prefixes: SearchVocabulary.registryPrefixes,
        attributes: ["name": SearchColumn(name: "registered_model.name", takesLists: true)],
        tables: [
            .tag: KeyedTable(name: "registered_model_tag", belongs: "entry.model = registered_model.name")
        ],
        unknownPrefix: SearchVocabulary.unknownRegistryPrefix)

    private static let order = AttributeOrder(
        vocabulary: vocabulary,
        columns: [
            "name": "registered_model.name", "timestamp": "registered_model.updated",
            "last_updated_timestamp": "registered_model.updated",
        ], unknown: "Invalid order by key")
}
