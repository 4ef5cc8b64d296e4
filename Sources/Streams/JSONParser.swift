import CSimdJSON

/// Parses JSON into memory it reuses. One document lives at a time: within the call that parsed it.
@safe final class JSONParser {
    static let maximumDepth = 64

    private let handle: OpaquePointer

    init() {
        guard let handle = unsafe json_parser_create(JSONParser.maximumDepth) else {
            fatalError("no memory for a JSON parser")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe json_parser_destroy(handle) }

    /// Hands the document's root to `body`, which may not let it or any part of it escape.
    ///
    /// Read beside strict JSON: bare `NaN`, `Infinity` and `-Infinity`, as Python writes them.
    func parse<Result>(
        _ bytes: RawSpan, _ body: (JSONValue) throws(Rejection) -> Result
    ) throws(Rejection) -> Result {
        var document = unsafe json_document()
        let status = unsafe bytes.withUnsafeBytes { text in
            unsafe json_parser_parse(handle, text.baseAddress ?? handle.zeroBytes, text.count, &document)
        }
        if let rejection = Rejection(status) { throw rejection }
        return try unsafe body(JSONValue(rootOf: document))
    }
}

extension OpaquePointer {
    /// Somewhere to point when there are no bytes: C's `memcpy` wants an address even then.
    fileprivate var zeroBytes: UnsafeRawPointer { unsafe UnsafeRawPointer(self) }
}

extension Rejection {
    fileprivate init?(_ status: json_status) {
        switch status {
        case json_ok: return nil
        case json_not_utf8: self.init(.badUTF8, "the body is not UTF-8")
        case json_too_deep:
            self.init(.badJSON, "the body nests deeper than \(JSONParser.maximumDepth) levels")
        case json_number_out_of_range:
            self.init(.badJSON, "the body holds a number that is malformed or out of the range of its type")
        case json_out_of_memory: self.init(.oversized, "there is no memory to parse the body")
        default: self.init(.badJSON, "the body is not JSON")
        }
    }
}
