/// One clause of a filter: a field, how it is compared, and with what.
struct Comparison: Equatable {
    var field: FieldName
    var relation: Relation
    /// `nil` where the relation says all.
    var operand: Operand?
}

/// How a field is compared.
enum Relation: String {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case like = "LIKE"
    case ilike = "ILIKE"
    case isIn = "IN"
    case isNotIn = "NOT IN"
    case isNull = "IS NULL"
    case isNotNull = "IS NOT NULL"

    static let ofNumbers: [Relation] = [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual]
    static let ofTexts: [Relation] = [.equal, .notEqual, .like, .ilike]
    static let ofLists: [Relation] = [.isIn, .isNotIn]
}

/// What a field is compared with.
struct Operand: Equatable {
    indirect enum Value: Equatable {
        case text(String)
        case number(SearchNumber)
        case list([Operand])
        /// A word or a name, which no field takes.
        case unquoted
    }

    var value: Value
    /// As it was written.
    var text: String
}
