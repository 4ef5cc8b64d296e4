import GRDB

/// A number of a filter: an integer where it is one, so that times compare exactly.
enum SearchNumber: Equatable {
    case integer(Int64)
    case real(Double)

    /// - Parameter text: digits with a sign, a point and an exponent where wanted.
    init?(_ text: String) {
        guard text.unicodeScalars.allSatisfy("0123456789+-.eE".unicodeScalars.contains) else { return nil }
        if let integer = Int64(text) {
            self = .integer(integer)
        } else if let real = Double(text) {
            self = .real(real)
        } else {
            return nil
        }
    }

    /// For a column of reals.
    var real: Double {
        switch self {
        case .integer(let integer): Double(integer)
        case .real(let real): real
        }
    }

    var bound: any DatabaseValueConvertible {
        switch self {
        case .integer(let integer): integer
        case .real(let real): real
        }
    }
}
