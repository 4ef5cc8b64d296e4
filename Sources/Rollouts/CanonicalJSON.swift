import Crypto
import Drift
import FoundationEssentials

/// The one text of a value that hashes and the decision log go by: keys in order, no spaces, numbers as short as they can
/// be. What is no finite number is a word, so that even broken evidence can be written down.
package enum CanonicalJSON {
    private static let words = (infinity: "inf", negative: "-inf", nan: "nan")

    package static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: words.infinity, negativeInfinity: words.negative, nan: words.nan)
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("\(type(of: value)) is no JSON")
        }
        return String(decoding: data, as: UTF8.self)
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from text: some StringProtocol) throws
        -> Value
    {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: words.infinity, negativeInfinity: words.negative, nan: words.nan)
        return try decoder.decode(type, from: Data(text.utf8))
    }

    /// SHA-256, in hexadecimal digits.
    package static func digest(of text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).hexadecimal
    }
}
