import FoundationEssentials

/// Where the next page begins. To the client it is opaque: Base64 over `{"offset": N}`.
struct PageToken: Equatable {
    /// From 1.
    var offset: Int64

    init(offset: Int64) { self.offset = offset }

    /// - Throws: `RegistryError.invalid` for anything this registry never gave.
    init(_ text: String) throws(RegistryError) {
        guard let data = Data(base64Encoded: text) else {
            throw .invalid("Invalid page token, could not base64-decode")
        }
        guard let content = try? JSONDecoder().decode(Content.self, from: data),
            (1...Self.furthest).contains(content.offset)
        else { throw .invalid("Invalid page token, decoded value=\(String(decoding: data, as: UTF8.self))") }
        offset = content.offset
    }

    var text: String { Data(#"{"offset": \#(offset)}"#.utf8).base64EncodedString() }

    /// Leaves room for a page beyond it.
    private static let furthest = Int64.max / 2

    private struct Content: Decodable { var offset: Int64 }
}
