import GRDB

/// Finds versions of registered models: by default those changed last come first.
package struct ModelVersionSearch: Sendable {
    package var filter: String
    package var orderBy: [String]
    /// Of 1 to 200,000.
    package var maxResults: Int
    package var pageToken: String?

    package init(
        filter: String = "", orderBy: [String] = [], maxResults: Int = 10_000, pageToken: String? = nil
    ) {
        (self.filter, self.orderBy) = (filter, orderBy)
        (self.maxResults, self.pageToken) = (maxResults, pageToken)
    }

    /// - Throws: `RegistryError.invalid`.
    func page(in database: Database) throws -> Page<VersionIdentifier> {
        let request = try PageRequest(maxResults: maxResults, atMost: 200_000, token: pageToken)
        let vocabulary = Self.vocabulary
        let prompts = try PromptFilter(FilterParser.comparisons(in: filter), vocabulary)
        let query = PageQuery(
            selection: "SELECT model_version.model, model_version.version FROM model_version",
            conditions: try vocabulary.conditions(prompts.comparisons)
                + prompts.conditions(tags: "model_version_tag", belongs: "entry.model = model_version.model"),
            order: try order)
        return try query.page(request, in: database) { VersionIdentifier(model: $0[0], version: $0[1]) }
    }

    private var order: [SQL] {
        get throws(RegistryError) {
            let clauses = orderBy.isEmpty ? ["last_updated_timestamp DESC"] : orderBy
            return try Self.order.terms(
                clauses, ties: [("model_version.model", "ASC"), ("model_version.version", "DESC")])
        }
    }

    private static let vocabulary = SearchVocabulary(
        prefixes: SearchVocabulary.registryPrefixes,
        attributes: [
            "name": SearchColumn(name: "model_version.model", takesLists: true),
            "version_number": SearchColumn(name: "model_version.version", content: .number),
            "run_id": SearchColumn(name: "model_version.run", takesLists: true),
            "source_path": SearchColumn(name: "model_version.source"),
        ],
        tables: [
            .tag: KeyedTable(
                name: "model_version_tag",
                belongs: "entry.model = model_version.model AND entry.version = model_version.version")
        ],
        unknownPrefix: SearchVocabulary.unknownRegistryPrefix)

    private static let order = AttributeOrder(
        vocabulary: vocabulary,
        columns: [
            "name": "model_version.model", "version_number": "model_version.version",
            "creation_timestamp": "model_version.created", "last_updated_timestamp": "model_version.updated",
        ])
}

/// Which version of which model.
package struct VersionIdentifier: Hashable, Sendable {
    package var model: String
    package var version: Int64
}
