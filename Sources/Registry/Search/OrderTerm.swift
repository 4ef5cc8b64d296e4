/// One field to order by, and which way.
struct OrderTerm: Equatable {
    /// SQLite joins at most 64 tables; nobody orders by twenty fields.
    static let most = 20

    var field: FieldName
    var ascending: Bool

    /// - Parameter clause: a field, then `ASC` or `DESC` in any case where wanted.
    init(_ clause: String) throws(RegistryError) {
        let tokens = SearchToken.all(of: clause)
        guard let field = tokens.first.flatMap(FieldName.init(ordering:)), tokens.count <= 2 else {
            throw .invalid("Invalid order_by clause '\(clause)'. Could not be parsed.")
        }
        self.field = field
        switch tokens.last.map({ tokens.count == 1 ? "ASC" : $0.text.uppercased() }) {
        case "ASC": ascending = true
        case "DESC": ascending = false
        case _ where tokens.last?.kind == .word:
            throw .invalid("Invalid ordering key in order_by clause '\(clause)'.")
        default: throw .invalid("Invalid order_by clause '\(clause)'. Could not be parsed.")
        }
    }

    static func terms(_ clauses: [String]) throws(RegistryError) -> [OrderTerm] {
        guard clauses.count <= most else { throw .invalid("`order_by` can contain at most \(most) fields.") }
        var terms: [OrderTerm] = []
        for clause in clauses { terms.append(try OrderTerm(clause)) }
        return terms
    }
}

extension FieldName {
    fileprivate init?(ordering token: SearchToken) {
        switch token.kind {
        case .name(let name): self = name
        case .doubleQuoted(let key): self.init(key: key)
        case .word where !token.isKeyword("ASC") && !token.isKeyword("DESC"): self.init(key: token.text)
        default: return nil
        }
    }
}
