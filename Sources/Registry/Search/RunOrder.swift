import GRDB

/// In which order runs come. A run without a value comes after all that have one, and NaN between the two, whichever
/// the direction; ties are broken by the later start, then by id.
struct RunOrder {
    private(set) var joins: [SQL] = []
    private(set) var terms: [SQL] = []
    /// The metric that comes first, where the first is one: the first of `joins` and of `terms` are its own.
    private(set) var leading: (key: String, alias: String, direction: String)?
    private var ordered: Set<String> = []

    /// - Throws: `RegistryError.invalid`.
    init(_ clauses: [String]) throws(RegistryError) {
        for (number, term) in try OrderTerm.terms(clauses).enumerated() {
            guard try add(term, alias: "order_\(number)") else { throw OrderTerm.duplicate(clauses) }
        }
        if !ordered.contains("run.start_time") { terms.append("run.start_time DESC") }
        terms.append("run.id")
    }

    private mutating func add(_ term: OrderTerm, alias: String) throws(RegistryError) -> Bool {
        let kind = try RunVocabulary.all.kind(of: term.field)
        switch kind {
        case .attribute:
            let column = try RunVocabulary.all.attribute(term.field.key).name
            terms.append(SQL(sql: "\(column) IS NULL, \(column) \(term.direction)"))
            return ordered.insert(column).inserted
        case .dataset: throw .invalid("Invalid identifier type 'dataset'")
        case .metric:
            if terms.isEmpty { leading = (term.field.key, alias, term.direction) }
            join(RunVocabulary.metrics, term.field.key, as: alias)
            terms.append(SQL(sql: "ifnull(\(alias).is_nan, 2), \(alias).value \(term.direction)"))
        case .parameter, .tag:
            join(kind == .tag ? RunVocabulary.tags : RunVocabulary.params, term.field.key, as: alias)
            terms.append(SQL(sql: "\(alias).value IS NULL, \(alias).value \(term.direction)"))
        }
        return ordered.insert("\(kind.rawValue).\(term.field.key)").inserted
    }

    private mutating func join(_ table: KeyedTable, _ key: String, as alias: String) {
        joins.append(
            SQL(
                sql: " LEFT JOIN \(table.name) AS \(alias) ON \(alias).run = run.id AND \(alias).key = ?",
                arguments: [key]))
    }
}
