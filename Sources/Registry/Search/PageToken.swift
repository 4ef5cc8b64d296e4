import FoundationEssentials

/// Where a page starts, as an opaque text: base64 of `{"offset": N}`.
enum PageToken {
    private struct Content: Codable { var offset: Int }

    static func text(offset: Int) -> String {
        Data("{\"offset\": \(offset)}".utf8).base64EncodedString()
    }

    /// 0 for no token.
    static func offset(_ token: String?) throws(RegistryError) -> Int {
        guard let token, !token.isEmpty else { return 0 }
        guard let data = Data(base64Encoded: token) else {
            throw .invalid("Invalid page token, could not base64-decode")
        }
        guard let content = try? JSONDecoder().decode(Content.self, from: data), content.offset >= 0 else {
            throw .invalid("Invalid page token, parsed value=\(String(decoding: data, as: UTF8.self))")
        }
        return content.offset
    }
}
