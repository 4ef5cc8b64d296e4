import GRDB

extension SearchVocabulary {
    /// One condition of a `WHERE` for each comparison of a filter.
    ///
    /// - Throws: `RegistryError.invalid`.
    func conditions(_ filter: String) throws(RegistryError) -> [SQL] {
        try conditions(FilterParser.comparisons(in: filter))
    }

    func conditions(_ comparisons: [Comparison]) throws(RegistryError) -> [SQL] {
        var conditions: [SQL] = []
        for comparison in comparisons { conditions.append(try condition(comparison)) }
        return conditions
    }

    private func condition(_ comparison: Comparison) throws(RegistryError) -> SQL {
        let field = comparison.field
        let kind = try kind(of: field)
        switch kind {
        case .attribute: return try test(attribute(field.key), comparison, kind)
        case .dataset: return try test(datasetAttribute(field.key), comparison, kind)
        case .metric, .parameter, .tag:
            guard let table = tables[kind] else { throw .invalid(unknownPrefix(kind.rawValue)) }
            return try test(table, comparison, kind)
        }
    }

    private func test(
        _ column: SearchColumn, _ comparison: Comparison, _ kind: FieldKind
    ) throws(RegistryError) -> SQL {
        guard let operand = comparison.operand else {
            throw .invalid(
                "IS NULL / IS NOT NULL is only supported for tags and params, "
                    + "not for '\(kind.rawValue)' '\(comparison.field.key)'")
        }
        let test =
            switch column.content {
            case .text: try textTest(column, comparison, operand, kind)
            case .number: try numberTest(column, comparison, operand)
            case .identifier: try identifierTest(column, comparison, operand)
            }
        guard let within = column.within else { return test }
        return SQL(sql: "EXISTS (\(within) AND ") + test + SQL(sql: ")")
    }

    private func test(
        _ table: KeyedTable, _ comparison: Comparison, _ kind: FieldKind
    ) throws(RegistryError) -> SQL {
        let key = comparison.field.key
        guard let operand = comparison.operand else {
            guard kind != .metric else {
                throw .invalid(
                    "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' '\(key)'")
            }
            return SQL(sql: comparison.relation == .isNull ? "NOT " : "") + table.entry(key)
        }
        if kind == .metric { return table.entry(key, try metricTest(comparison, operand)) }
        let column = SearchColumn(name: "entry.value", takesLists: table.takesLists)
        return table.entry(key, try textTest(column, comparison, operand, kind))
    }

    private func metricTest(_ comparison: Comparison, _ operand: Operand) throws(RegistryError) -> SQL {
        guard case .number(let number) = operand.value else {
            throw .invalid("Expected numeric value type for metric. Found \(operand.text)")
        }
        try check(comparison, Relation.ofNumbers)
        let test = SQL(sql: "entry.value \(comparison.relation.rawValue) ?", arguments: [number.real])
        let isNaN = SQL(sql: "entry.is_nan")
        return comparison.relation == .notEqual
            ? (test + " OR " + isNaN).parenthesized : test + " AND NOT " + isNaN
    }

    private func numberTest(
        _ column: SearchColumn, _ comparison: Comparison, _ operand: Operand
    ) throws(RegistryError) -> SQL {
        guard let number = operand.number else {
            throw .invalid(
                "Expected numeric value type for numeric attribute: \(comparison.field.key). Found \(operand.text)"
            )
        }
        try check(comparison, Relation.ofNumbers)
        return SQL(sql: "\(column.name) \(comparison.relation.rawValue) ?", arguments: [number.bound])
    }

    private func textTest(
        _ column: SearchColumn, _ comparison: Comparison, _ operand: Operand, _ kind: FieldKind
    ) throws(RegistryError) -> SQL {
        switch operand.value {
        case .text(let text):
            try check(comparison, Relation.ofTexts)
            return try textTest(column.name, comparison.relation, column.spelling(text))
        case .list(let items) where column.takesLists:
            let texts = try texts(items, writtenAs: operand.text).map(column.spelling)
            try check(comparison, Relation.ofLists)
            return SQL.list(column.name, comparison.relation, texts)
        case .list where kind == .attribute:
            let keys = attributes.filter { $0.value.takesLists }.keys
            throw .invalid(
                "Only \(Self.listed(keys)) attributes support comparison with a list of quoted string values."
            )
        case .unquoted:
            throw .invalid(
                "Parameter value is either not quoted or unidentified quote types used for string value "
                    + "\(operand.text). Use either single or double quotes.")
        case .number, .list:
            throw .invalid(
                "Expected a quoted string value for \(kind.whole). Got value \(operand.text)")
        }
    }

    private func textTest(
        _ column: String, _ relation: Relation, _ text: String
    ) throws(RegistryError) -> SQL {
        guard relation == .like || relation == .ilike else {
            return SQL(sql: "\(column) \(relation.rawValue) ?", arguments: [text])
        }
        guard text.utf8.count <= LikePattern.longest else {
            throw .invalid("A pattern can have at most \(LikePattern.longest) bytes.")
        }
        return relation == .like
            ? SQL(sql: "leeway_like(\(column), ?)", arguments: [text])
            : SQL(sql: "leeway_ilike(\(column), ?)", arguments: [text.lowercased()])
    }

    private func identifierTest(
        _ column: SearchColumn, _ comparison: Comparison, _ operand: Operand
    ) throws(RegistryError) -> SQL {
        switch operand.value {
        case .text(let text):
            try check(comparison, [.equal, .notEqual])
            return SQL(
                sql: "\(column.name) \(comparison.relation.rawValue) ?",
                arguments: [try Self.identifier(text)])
        case .list(let items):
            var identifiers: [Int64] = []
            for text in try texts(items, writtenAs: operand.text) {
                identifiers.append(try Self.identifier(text))
            }
            try check(comparison, Relation.ofLists)
            return SQL.list(column.name, comparison.relation, identifiers)
        case .number, .unquoted:
            throw .invalid("Expected a quoted string value for attributes. Got value \(operand.text)")
        }
    }

    private static func identifier(_ text: String) throws(RegistryError) -> Int64 {
        guard let identifier = Int64(text) else {
            throw .invalid("Invalid experiment ID '\(text)'. Experiment ID must be a valid integer.")
        }
        return identifier
    }

    private func texts(_ items: [Operand], writtenAs list: String) throws(RegistryError) -> [String] {
        guard !items.isEmpty else {
            throw .invalid(
                "While parsing a list in the query, expected a non-empty list of string values, but got empty list"
            )
        }
        let texts = items.compactMap(\.string)
        guard texts.count == items.count else {
            throw .invalid(
                "While parsing a list in the query, expected string value, punctuation, or whitespace, "
                    + "but got different type in list: \(list)")
        }
        return texts
    }

    private func check(_ comparison: Comparison, _ allowed: [Relation]) throws(RegistryError) {
        guard allowed.contains(comparison.relation) else {
            let relations = allowed.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw .invalid(
                "Invalid comparator '\(comparison.relation.rawValue)' for '\(comparison.field.key)', "
                    + "not one of \(relations)")
        }
    }
}

extension KeyedTable {
    /// That the record has an entry of this key which passes the test.
    func entry(_ key: String, _ test: SQL? = nil) -> SQL {
        let entry = SQL(
            sql: "EXISTS (SELECT 1 FROM \(name) AS entry WHERE \(belongs) AND entry.key = ?", arguments: [key]
        )
        return entry + [only, test].compactMap { $0 }.map { " AND " + $0 }.joined() + ")"
    }
}

extension FieldKind {
    /// The phrase of MLflow's messages.
    fileprivate var whole: String {
        switch self {
        case .attribute: "attributes"
        case .dataset: "dataset attributes"
        case .metric, .parameter, .tag: "\(rawValue) (e.g. 'my-value')"
        }
    }
}

extension Operand {
    fileprivate var string: String? {
        guard case .text(let text) = value else { return nil }
        return text
    }

    /// A number, or an integer written as text.
    fileprivate var number: SearchNumber? {
        switch value {
        case .number(let number): number
        case .text(let text): Int64(text).map { .integer($0) }
        case .list, .unquoted: nil
        }
    }
}

extension SQL {
    var parenthesized: SQL { "(" + self + ")" }

    /// One argument however long the list, since SQLite bounds their number.
    static func list(_ column: String, _ relation: Relation, _ values: [some Encodable]) -> SQL {
        SQL(
            sql: "\(column) \(relation.rawValue) (SELECT value FROM json_each(?))",
            arguments: [values.jsonLiteral])
    }
}
