import Foundation
import Hummingbird
import NIOCore

/// The fields of a request, from its query or its JSON body, read as leniently as MLflow's server does: unknown
/// ones are ignored, null is absent, names may be in camel case, numbers may come as text.
struct RequestFields {
    private let members: [String: JSON]
    /// Where these fields lie within the request, as `metrics[0].`; empty at the top.
    private let path: String
    /// In a query, where a name may come once or several times, the first counts.
    private let isQuery: Bool

    init(_ members: [String: JSON], path: String = "", isQuery: Bool = false) {
        (self.members, self.path, self.isQuery) = (members, path, isQuery)
    }

    private subscript(name: String) -> JSON? {
        guard let value = members[name] ?? members[name.inCamelCase], value != .null else { return nil }
        return value
    }

    /// The same bytes for the same fields.
    var canonical: [UInt8] { JSON.object(members).bytes }

    func has(_ name: String) -> Bool { self[name] != nil }

    /// Whether a field is there, if only to say null.
    func names(_ name: String) -> Bool { members[name] != nil }

    // MARK: What a field may be

    func text(_ name: String) throws -> String? {
        switch self[name] {
        case nil: return nil
        case .text(let text): return try checked(text, name)
        case .array(let texts) where isQuery:
            guard case .text(let text)? = texts.first else { return nil }
            return try checked(text, name)
        case let other?: throw invalid(other, name)
        }
    }

    /// The database ends a text where a C string ends.
    private func checked(_ text: String, _ name: String) throws -> String {
        guard !text.utf8.contains(0) else {
            throw MLflowError.invalid(
                "Invalid value for parameter '\(path)\(name)' supplied: it holds a NUL character.")
        }
        return text
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
            return try checked(text, name)
        }
    }

    /// A list of whole numbers; a query's single value is one of one.
    func integers(_ name: String) throws -> [Int64] {
        try elements(name).map { element in
            switch element {
            case .integer(let value): return value
            case .text(let text):
                guard let value = Int64(text) else { throw invalid(element, name) }
                return value
            default: throw invalid(element, name)
            }
        }
    }

    /// As it came.
    func json(_ name: String) -> JSON? { self[name] }

    func objects(_ name: String) throws -> [RequestFields] {
        try elements(name).enumerated().map { index, element in
            guard case .object(let members) = element else { throw invalid(element, name) }
            return RequestFields(members, path: "\(path)\(name)[\(index)].")
        }
    }

    func object(_ name: String) throws -> RequestFields? {
        switch self[name] {
        case nil: nil
        case .object(let members): RequestFields(members, path: "\(path)\(name).")
        case let other?: throw invalid(other, name)
        }
    }

    private func elements(_ name: String) throws -> [JSON] {
        switch self[name] {
        case nil: []
        case .array(let elements): elements
        case .text(let text) where isQuery: [.text(text)]
        case let other?: throw invalid(other, name)
        }
    }

    // MARK: Required fields

    /// A field without which the request means nothing; an empty text counts as missing.
    func required<Value>(_ name: String, _ read: (String) throws -> Value?) throws -> Value {
        guard self[name] != .text(""), let value = try read(name) else { throw missing(name) }
        return value
    }

    func missing(_ name: String) -> MLflowError {
        .invalid("Missing value for required parameter '\(path)\(name)'. \(RequestFields.hint)")
    }

    private func invalid(_ value: JSON, _ name: String) -> MLflowError {
        .invalid(
            "Invalid value \(value.asPythonPrints) for parameter '\(path)\(name)' supplied:  "
                + "Hint: Value was of type '\(value.pythonType)'. \(RequestFields.hint)")
    }

    static let hint = "See the API docs for more information about request parameters."
}

extension RequestFields {
    /// The query of a GET, the JSON body of any other request.
    static func of(_ request: Request) async throws -> RequestFields {
        request.method == .get || request.method == .head
            ? RequestFields(query: FormFields.parse(request.uri.query ?? "")) : try await body(of: request)
    }

    /// A name given several times is a list.
    private init(query parameters: [(name: String, value: String)]) {
        var members: [String: [JSON]] = [:]
        for (name, value) in parameters { members[name, default: []].append(.text(value)) }
        self.init(members.mapValues { $0.count == 1 ? $0[0] : .array($0) }, isQuery: true)
    }

    /// MLflow's clients split what is larger than a megabyte.
    private static let largestBody = 4 << 20

    private static func body(of request: Request) async throws -> RequestFields {
        let bytes = try await bytes(of: request)
        let isOurs = RouteGroup(path: request.uri.path) == .api
        if bytes.isEmpty, isOurs || request.method == .delete { return RequestFields([:]) }
        try checkContentType(
            request.headers[.contentType],
            among: isOurs ? ["application/json", "application/cloudevents+json"] : ["application/json"])
        guard !bytes.isEmpty else { return RequestFields([:]) }
        guard let json = try? JSON(parsing: bytes), case .object(let members) = json else {
            throw MLflowError.invalid("Malformed request: the body is not a JSON object.")
        }
        return RequestFields(members)
    }

    private static func bytes(of request: Request) async throws -> Data {
        do {
            return try await Data(buffer: request.body.collect(upTo: largestBody))
        } catch is NIOTooManyBytesError {
            throw MLflowError(
                code: .invalidParameterValue,
                message: "The request's body is larger than \(largestBody >> 20) MiB. Send less at once.",
                otherStatus: .contentTooLarge)
        }
    }

    private static func checkContentType(_ type: String?, among types: [String]) throws {
        guard let type else { throw MLflowError.invalid("Bad Request. Content-Type header is missing.") }
        let mediaType = type.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        guard types.contains(mediaType) else {
            let known = types.map { "'\($0)'" }.joined(separator: ", ")
            throw MLflowError.invalid("Bad Request. Content-Type must be one of [\(known)].")
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
    fileprivate var asPythonPrints: String { String(decoding: bytes, as: UTF8.self) }
}
