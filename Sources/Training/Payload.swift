import Crypto
import Foundation

/// The four files that are a model: whoever has them predicts the same. Everything else in a model's folder is about it.
package struct Payload: Equatable, Sendable {
    package enum File: String, CaseIterable, Sendable {
        case model = "model.ubj"
        case encoder = "encoder.json"
        case schema = "schema.json"
        case threshold = "threshold.json"
    }

    package private(set) var contents: [File: [UInt8]]

    package init(model: [UInt8], encoder: [UInt8], schema: [UInt8], threshold: [UInt8]) {
        contents = [.model: model, .encoder: encoder, .schema: schema, .threshold: threshold]
    }

    package subscript(file: File) -> [UInt8] { contents[file] ?? [] }

    /// The SHA-256 of a file, in hexadecimal.
    package func digest(of file: File) -> String { SHA256.hash(data: Data(self[file])).hexadecimal }

    /// What identifies the model: the SHA-256 of what
    /// `sha256sum model.ubj encoder.json schema.json threshold.json` prints, in hexadecimal.
    package var digest: String {
        let lines = File.allCases.map { "\(digest(of: $0))  \($0.rawValue)\n" }
        return SHA256.hash(data: Data(lines.joined().utf8)).hexadecimal
    }
}

/// JSON that is the same bytes for the same value.
func canonicalJSON(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
}
