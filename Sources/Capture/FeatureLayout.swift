import Drift
import Foundation

/// The columns that rows were served in: names with their datatypes, by name.
struct FeatureLayout: Hashable, Sendable {
    struct Field: Hashable, Sendable {
        var name: String
        var datatype: Datatype
    }

    var fields: [Field]

    /// Bytes of a row's nulls, a bit a field.
    var bitmapWidth: Int { (fields.count + 7) / 8 }
}

extension FeatureLayout {
    /// As it is stored: `[["age","INT64"],["fare","FP32"]]`.
    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(
            decoding: try encoder.encode(fields.map { [$0.name, $0.datatype.rawValue] }), as: UTF8.self)
    }

    init(encoded text: String) throws {
        fields = try JSONDecoder().decode([[String]].self, from: Data(text.utf8)).map { field in
            guard field.count == 2, let datatype = Datatype(rawValue: field[1]) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: [], debugDescription: "no layout: \(text)"))
            }
            return Field(name: field[0], datatype: datatype)
        }
    }
}

extension Datatype {
    /// Bytes of a value; of a text, the bytes of its length.
    var packedWidth: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16, .fp16, .bf16: 2
        case .int32, .uint32, .fp32, .bytes: 4
        case .int64, .uint64, .fp64: 8
        }
    }

    /// A number that stands for the datatype on disk.
    var code: UInt8 { UInt8(Datatype.coded.firstIndex(of: self) ?? 0) }

    init?(code: UInt8) {
        guard Int(code) < Datatype.coded.count else { return nil }
        self = Datatype.coded[Int(code)]
    }

    private static let coded: [Datatype] = [
        .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .fp16, .bf16, .fp32, .fp64,
        .bytes,
    ]
}
