/// Reads filters: `comparison (AND comparison)*`.
struct FilterParser {
    /// SQLite takes expressions a thousand deep; nobody types a hundred.
    static let longest = 100

    private let filter: String
    private let tokens: [SearchToken]
    private var place = 0

    /// The comparisons of a filter; an empty one has none.
    ///
    /// - Throws: `RegistryError.invalid` that names the word it stumbled over.
    static func comparisons(in filter: String) throws(RegistryError) -> [Comparison] {
        if filter.isEmpty { return [] }
        var parser = FilterParser(filter)
        return try parser.comparisons()
    }

    private init(_ filter: String) { (self.filter, tokens) = (filter, SearchToken.all(of: filter)) }

    private mutating func comparisons() throws(RegistryError) -> [Comparison] {
        guard !tokens.isEmpty else { throw .invalid("Invalid filter '\(filter)'. Could not be parsed.") }
        var comparisons = [try comparison()]
        while let token = next() {
            guard token.isKeyword("AND") else { throw unexpected(token) }
            comparisons.append(try comparison())
            guard comparisons.count <= Self.longest else {
                throw .invalid("A filter can contain at most \(Self.longest) comparisons.")
            }
        }
        return comparisons
    }

    private mutating func comparison() throws(RegistryError) -> Comparison {
        let field = try field()
        let relation = try relation()
        switch relation {
        case .isNull, .isNotNull: return Comparison(field: field, relation: relation)
        case .isIn, .isNotIn:
            guard let mark = peek, mark.isMark("(") else { throw unexpected(next() ?? last) }
            return Comparison(field: field, relation: relation, operand: try operand())
        default: return Comparison(field: field, relation: relation, operand: try operand())
        }
    }

    private mutating func field() throws(RegistryError) -> FieldName {
        guard let token = next(), !token.isKeyword("AND"), !token.isKeyword("NOT") else {
            throw unexpected(last)
        }
        switch token.kind {
        case .name(let name): return name
        case .doubleQuoted(let key): return FieldName(key: key)
        case .word: return FieldName(key: token.text)
        case .string, .number:
            throw .invalid("Invalid comparison clause. Expected 'Identifier' found '\(token.text)'")
        case .comparator, .other: throw unexpected(token)
        }
    }

    private mutating func relation() throws(RegistryError) -> Relation {
        guard let token = next() else { throw unexpected(last) }
        switch token.text.uppercased() {
        case "IS" where token.kind == .word: return try nullTest()
        case "NOT" where token.kind == .word: return try negation()
        case let word where token.kind == .comparator || ["LIKE", "ILIKE", "IN"].contains(word):
            return try named(word)
        default: throw unexpected(token)
        }
    }

    private func named(_ relation: String) throws(RegistryError) -> Relation {
        guard let relation = Relation(rawValue: relation) else {
            throw .invalid("Invalid comparator '\(relation)'")
        }
        return relation
    }

    private mutating func nullTest() throws(RegistryError) -> Relation {
        let negated = peek?.isKeyword("NOT") ?? false
        if negated { place += 1 }
        guard let token = next(), token.isKeyword("NULL") else { throw unexpected(last) }
        return negated ? .isNotNull : .isNull
    }

    private mutating func negation() throws(RegistryError) -> Relation {
        guard let token = next() else { throw unexpected(last) }
        return try named("NOT " + token.text.uppercased())
    }

    private mutating func operand() throws(RegistryError) -> Operand {
        guard let token = next() else { throw unexpected(last) }
        if token.isMark("(") { return try list() }
        return try scalar(token)
    }

    private func scalar(_ token: SearchToken) throws(RegistryError) -> Operand {
        switch token.kind {
        case .string(let text), .doubleQuoted(let text): Operand(value: .text(text), text: token.text)
        case .number(let number): Operand(value: .number(number), text: token.text)
        case .word, .name: Operand(value: .unquoted, text: token.text)
        case .comparator, .other: throw unexpected(token)
        }
    }

    private mutating func list() throws(RegistryError) -> Operand {
        var items: [Operand] = []
        while let token = next() {
            if token.isMark(")") { return Operand(value: .list(items), text: written(items)) }
            items.append(try scalar(token))
            guard let mark = peek, mark.isMark(",") || mark.isMark(")") else {
                throw unexpected(next() ?? last)
            }
            if mark.isMark(",") { place += 1 }
        }
        throw unexpected(last)
    }

    private func written(_ items: [Operand]) -> String { "(\(items.map(\.text).joined(separator: ", ")))" }

    private var peek: SearchToken? { place < tokens.count ? tokens[place] : nil }

    /// What was read last.
    private var last: SearchToken { tokens[max(place, 1) - 1] }

    private mutating func next() -> SearchToken? {
        guard let token = peek else { return nil }
        place += 1
        return token
    }

    private func unexpected(_ token: SearchToken) -> RegistryError {
        guard !token.isMark(";") else {
            return .invalid(
                "Search filter contained multiple expression '\(filter)'. Provide AND-ed expression list.")
        }
        return .invalid("Invalid clause(s) in filter string: '\(token.text)'")
    }
}
