import GRDB

/// What a filter over one kind of record may speak of, and where the schema keeps it.
struct SearchVocabulary: Sendable {
    /// Prefixes as clients write them.
    var prefixes: [String: FieldKind]
    /// Names of attributes and their aliases.
    var attributes: [String: SearchColumn]
    var datasetAttributes: [String: SearchColumn] = [:]
    /// Rows of a key and a value that belong to a record.
    var tables: [FieldKind: KeyedTable]
    /// Says that a prefix is none of `prefixes`.
    var unknownPrefix: @Sendable (String) -> String

    static let registryPrefixes: [String: FieldKind] = ["attribute": .attribute, "tag": .tag, "tags": .tag]

    static let unknownRegistryPrefix: @Sendable (String) -> String = {
        "Invalid entity type '\($0)'. Valid entity types are ('attribute', 'tag', 'tags')"
    }
}

enum FieldKind: String {
    case attribute, dataset, metric, parameter, tag
}

/// A table with the columns `key` and `value`, and of a metric `is_nan`.
struct KeyedTable: Sendable {
    var name: String
    /// Which of its rows, seen as `entry`, are the record's.
    var belongs: String
    /// Whether values may be compared with a list.
    var takesLists = false
    /// What else has to hold of an entry.
    var only: SQL?
}

struct SearchColumn: Sendable {
    enum Content {
        case text
        case number
        /// A number that clients write as text.
        case identifier
    }

    var name: String
    var content = Content.text
    var takesLists = false
    /// Rows of another table, one of which has to match: all of a subquery but the test.
    var within: String?
    /// As the column spells what a client wrote.
    var spelling: @Sendable (String) -> String = { $0 }
}

extension SearchVocabulary {
    /// - Throws: `RegistryError.invalid` for a prefix that is none, or an attribute.
    func kind(of field: FieldName) throws(RegistryError) -> FieldKind {
        guard let prefix = field.prefix else { return .attribute }
        guard let kind = prefixes[prefix] else { throw .invalid(unknownPrefix(prefix)) }
        return kind
    }

    func attribute(_ key: String) throws(RegistryError) -> SearchColumn {
        try Self.look(up: key, in: attributes, "attribute")
    }

    func datasetAttribute(_ key: String) throws(RegistryError) -> SearchColumn {
        try Self.look(up: key, in: datasetAttributes, "dataset")
    }

    private static func look(
        up key: String, in columns: [String: SearchColumn], _ kind: String
    ) throws(RegistryError) -> SearchColumn {
        guard let column = columns[key] else {
            throw .invalid("Invalid \(kind) key '\(key)' specified. Valid keys are \(listed(columns.keys))")
        }
        return column
    }

    static func listed(_ names: some Sequence<String>) -> String {
        "[\(names.sorted().map { "'\($0)'" }.joined(separator: ", "))]"
    }
}
