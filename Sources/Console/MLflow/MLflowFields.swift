import Foundation
import Hummingbird

/// The fields of a request, from its query or its JSON body, read as leniently as MLflow's server does: unknown
/// ones are ignored, null is absent, names may be in camel case, numbers may come as text.
struct MLflowFields {
    private let members: [String: JSON]
    /// Where these fields lie within the request, as `metrics[0].`; empty at the top.
    private let path: String

    init(_ members: [String: JSON], path: String = "") { (self.members, self.path) = (members, path) }

    private subscript(name: String) -> JSON? {
        guard let value = members[name] ?? members[name.inCamelCase], value != .null else { return nil }
        return value
    }

    /// The same bytes for the same fields.
    var canonical: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(members)) ?? Data()
    }

    func has(_ name: String) -> Bool { self[name] != nil }

    /// Whether a field is there, if only to say null.
    func names(_ name: String) -> Bool { members[name] != nil }

    // MARK: What a field may be

    func text(_ name: String) throws -> String? {
        switch self[name] {
        case nil: nil
        case .text(let text): text
        case let other?: throw invalid(other, name)
        }
    }

    func integer(_ name: String) throws -> Int64? {
        switch self[name] {
        case nil: return nil
        case .integer(let value): return value
        case .number(let value) where value.magnitude < 0x1p63: return Int64(value)
        case .text(let text):
            if let value = Int64(text) { return value } else { throw invalid(.text(text), name) }
        case let other?: throw invalid(other, name)
        }
    }

    /// Any double; what is not finite comes as text.
    func number(_ name: String) throws -> Double? {
        switch self[name] {
        case nil: return nil
        case .integer(let value): return Double(value)
        case .number(let value): return value
        case .text(let text):
            if let value = Double(text) { return value } else { throw invalid(.text(text), name) }
        case let other?: throw invalid(other, name)
        }
    }

    func flag(_ name: String) throws -> Bool? {
        switch self[name] {
        case nil: nil
        case .bool(let value): value
        case .text("true"), .text("True"): true
        case .text("false"), .text("False"): false
        case let other?: throw invalid(other, name)
        }
    }

    /// A list of texts; a query's single value is one of one.
    func texts(_ name: String) throws -> [String] {
        try elements(name).map { element in
            guard case .text(let text) = element else { throw invalid(element, name) }
            return text
        }
    }

    func objects(_ name: String) throws -> [MLflowFields] {
        try elements(name).enumerated().map { index, element in
            guard case .object(let members) = element else { throw invalid(element, name) }
            return MLflowFields(members, path: "\(path)\(name)[\(index)].")
        }
    }

    func object(_ name: String) throws -> MLflowFields? {
        switch self[name] {
        case nil: nil
        case .object(let members): MLflowFields(members, path: "\(path)\(name).")
        case let other?: throw invalid(other, name)
        }
    }

    private func elements(_ name: String) throws -> [JSON] {
        switch self[name] {
        case nil: []
        case .array(let elements): elements
        case .text(let text): [.text(text)]
        case let other?: throw invalid(other, name)
        }
    }

    // MARK: Required fields

    /// A field without which the request means nothing; an empty text counts as missing.
    func required<Value>(_ name: String, _ read: (String) throws -> Value?) throws -> Value {
        guard let value = try read(name), value as? String != "" else { throw missing(name) }
        return value
    }

    func missing(_ name: String) -> MLflowError {
        .invalid("Missing value for required parameter '\(path)\(name)'. \(MLflowFields.hint)")
    }

    private func invalid(_ value: JSON, _ name: String) -> MLflowError {
        .invalid(
            "Invalid value \(value.asPythonPrints) for parameter '\(path)\(name)' supplied:  "
                + "Hint: Value was of type '\(value.pythonType)'. \(MLflowFields.hint)")
    }

    static let hint = "See the API docs for more information about request parameters."
}

extension MLflowFields {
    /// The query of a GET, the JSON body of any other request.
    static func of(_ request: Request) async throws -> MLflowFields {
        request.method == .get || request.method == .head
            ? MLflowFields(query: FormFields.parse(request.uri.query ?? "")) : try await body(of: request)
    }

    /// A name given several times is a list.
    private init(query parameters: [(name: String, value: String)]) {
        var members: [String: [JSON]] = [:]
        for (name, value) in parameters { members[name, default: []].append(.text(value)) }
        self.init(members.mapValues { $0.count == 1 ? $0[0] : .array($0) })
    }

    private static let largestBody = 64 << 20

    private static func body(of request: Request) async throws -> MLflowFields {
        try checkContentType(request.headers[.contentType])
        let bytes = try await Data(buffer: request.body.collect(upTo: largestBody))
        guard !bytes.isEmpty else { return MLflowFields([:]) }
        guard let json = try? JSON(parsing: bytes), case .object(let members) = json else {
            throw MLflowError(code: .badRequest, message: "Malformed request: the body is not a JSON object")
        }
        return MLflowFields(members)
    }

    private static func checkContentType(_ type: String?) throws {
        guard let type else { throw MLflowError.invalid("Bad Request. Content-Type header is missing.") }
        let bare = type.split(separator: ";")[0].trimmingCharacters(in: .whitespaces).lowercased()
        guard bare == "application/json" else {
            throw MLflowError.invalid("Bad Request. Content-Type must be one of ['application/json'].")
        }
    }
}

extension String {
    /// `run_id` as `runId`.
    fileprivate var inCamelCase: String {
        let words = split(separator: "_")
        return words.dropFirst().reduce(into: String(words.first ?? "")) { name, word in
            name += word.prefix(1).uppercased() + word.dropFirst()
        }
    }
}

extension JSON {
    fileprivate var pythonType: String {
        switch self {
        case .null: "NoneType"
        case .bool: "bool"
        case .integer: "int"
        case .number: "float"
        case .text: "str"
        case .array: "list"
        case .object: "dict"
        }
    }

    /// Texts in double quotes, as JSON; everything else as it came.
    fileprivate var asPythonPrints: String {
        (try? String(decoding: JSONEncoder().encode(self), as: UTF8.self)) ?? "?"
    }
}
