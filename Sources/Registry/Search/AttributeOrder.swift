import GRDB

/// The columns that records can be ordered by, where they can be ordered by nothing else.
struct AttributeOrder: Sendable {
    var vocabulary: SearchVocabulary
    var columns: [String: String]
    /// How MLflow begins to say that a name is none of `columns`.
    var unknown = "Invalid attribute key"

    /// Terms of an `ORDER BY`. Those of `ties` follow where no clause has their column.
    ///
    /// - Throws: `RegistryError.invalid`.
    func terms(
        _ clauses: [String], ties: [(column: String, direction: String)]
    ) throws(RegistryError) -> [SQL] {
        var ordered: [String] = []
        var terms: [String] = []
        for term in try OrderTerm.terms(clauses) {
            let column = try column(term.field)
            guard !ordered.contains(column) else { throw OrderTerm.duplicate(clauses) }
            ordered.append(column)
            terms.append("\(column) \(term.direction)")
        }
        terms += ties.filter { !ordered.contains($0.column) }.map { "\($0.column) \($0.direction)" }
        return terms.map { SQL(sql: $0) }
    }

    private func column(_ field: FieldName) throws(RegistryError) -> String {
        let kind = try vocabulary.kind(of: field)
        guard kind == .attribute else { throw .invalid("Invalid order_by entity: \(kind.rawValue)") }
        guard let column = columns[field.key] else {
            let keys = SearchVocabulary.listed(columns.keys)
            throw .invalid("\(unknown) '\(field.key)' specified. Valid keys are \(keys)")
        }
        return column
    }
}

extension OrderTerm {
    var direction: String { ascending ? "ASC" : "DESC" }

    static func duplicate(_ clauses: [String]) -> RegistryError {
        let quoted = clauses.map { "'\($0)'" }.joined(separator: ", ")
        return .invalid("`order_by` contains duplicate fields: [\(quoted)]")
    }
}
