import Drift
import Foundation
import Streams
import ZeroMQ

/// Decodes one message from its body and binary tensors, as if it had come in two frames or more.
func decode(
    _ kind: Topic.Kind, _ frames: [[UInt8]], schema: ModelSchema? = nil, features: [String]? = nil,
    limits: DecodingLimits = DecodingLimits()
) throws(Rejection) -> [RowBatch] {
    var decoder = StreamDecoder(schema: schema, features: features, limits: limits)
    return try decoder.batches(kind, frames)
}

func decode(
    _ kind: Topic.Kind, _ body: String, schema: ModelSchema? = nil, features: [String]? = nil,
    limits: DecodingLimits = DecodingLimits()
) throws(Rejection) -> [RowBatch] {
    try decode(kind, [Array(body.utf8)], schema: schema, features: features, limits: limits)
}

extension StreamDecoder {
    mutating func batches(_ kind: Topic.Kind, _ frames: [[UInt8]]) throws(Rejection) -> [RowBatch] {
        var batches: [RowBatch] = []
        let message = Message([Array("\(kind.rawValue)/m/".utf8)] + frames)
        try decode(kind, message, body: 1) { batches.append(copy $0) }
        return batches
    }
}

/// A body that a real client or server wrote (tools/golden/oip_bodies.py).
func fixture(_ name: String) throws -> [UInt8] {
    let directory = Bundle.module.resourceURL?.appendingPathComponent("Fixtures")
    guard let file = directory?.appendingPathComponent(name) else { throw CocoaError(.fileNoSuchFile) }
    return Array(try Data(contentsOf: file))
}

extension RowBatch {
    subscript(name: String) -> Column? { columns.first { $0.name == name } }
    var names: [String] { columns.map(\.name) }
    var idTexts: [String] { (0..<ids.count).map { ids[$0] } }
}

extension Column {
    /// The values as text, which tells a NaN from a missing value and one datatype's 3 from another's.
    var cells: [String] {
        let cells: [String] =
            switch values {
            case .real(let reals): reals.map { "\($0)" }
            case .integer(let integers) where datatype == .uint64:
                integers.map { "\(UInt64(bitPattern: $0))" }
            case .integer(let integers): integers.map { "\($0)" }
            case .text(let text): (0..<text.count).map { text[$0] }
            }
        return cells.indices.map { !missing.isEmpty && missing[$0] ? "missing" : cells[$0] }
    }
}
