import Foundation

extension RequestFields {
    /// All fields as one value.
    func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(canonical))
        } catch let error as DecodingError {
            throw APIError.badParameter(error.place, error.complaint)
        }
    }
}

extension DecodingError {
    /// The dotted name of the field that cannot be read.
    fileprivate var place: String {
        let (path, last): ([any CodingKey], String?) =
            switch self {
            case .keyNotFound(let key, let context): (context.codingPath, key.stringValue)
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context.codingPath, nil)
            @unknown default: ([], nil)
            }
        let names = path.map { $0.intValue.map(String.init) ?? $0.stringValue } + (last.map { [$0] } ?? [])
        return names.isEmpty ? "the body" : names.joined(separator: ".")
    }

    fileprivate var complaint: String {
        switch self {
        case .keyNotFound: "is missing"
        case .valueNotFound: "must not be null"
        case .typeMismatch(let type, _): "must be \(DecodingError.word(for: type))"
        case .dataCorrupted(let context): "cannot be read: \(context.debugDescription)"
        @unknown default: "cannot be read"
        }
    }

    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is Double.Type: "a number"
        case is any FixedWidthInteger.Type: "a whole number"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}
