import FoundationEssentials

extension Encodable {
    /// As JSON writes it. For texts, integers and lists of them, which always can be written.
    var jsonLiteral: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let data = try? encoder.encode(self) else { preconditionFailure("texts and integers encode") }
        return String(decoding: data, as: UTF8.self)
    }
}
