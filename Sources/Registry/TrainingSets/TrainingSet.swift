import FoundationEssentials
import GRDB
package import Retraining

/// A file of rows that a model can be trained on. It does not change: its id is the SHA-256 of the file.
package struct TrainingSet: Equatable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        /// All bytes are there; what is in them is about to be read.
        case inspecting
        case ready
        /// It cannot be trained on, and the reason says why.
        case unusable
    }

    package enum Format: String, Sendable {
        case csv
        case gzippedCSV = "csv.gz"
        case sqlite
    }

    /// What the model is called now.
    package var model: String
    package var offer: TrainingSetOffer
    package var format: Format
    package var state: State
    /// In a sentence, why it is unusable; else empty.
    package var reason: String
    /// Once it has been read.
    package var facts: TrainingSetFacts?
    /// Milliseconds since 1970.
    package var created: Int64
    package var createdBy: String

    package var id: String { offer.sha256 }
    package var blob: Blob { Blob(digest: id, size: offer.size) }
}

extension TrainingSet.Format {
    /// By its first bytes.
    init(_ head: [UInt8]) {
        if head.starts(with: "SQLite format 3\0".utf8) {
            self = .sqlite
        } else {
            self = head.starts(with: [0x1F, 0x8B]) ? .gzippedCSV : .csv
        }
    }
}

extension TrainingSet {
    static func find(_ id: String, of model: String, _ database: Database) throws -> TrainingSet? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM training_set WHERE model = ? AND id = ?", arguments: [model, id]
        ).map(TrainingSet.init)
    }

    static func withID(_ id: String, of model: String, _ database: Database) throws -> TrainingSet {
        guard let set = try find(id, of: model, database) else { throw missing(id, of: model) }
        return set
    }

    static func missing(_ id: String, of model: String) -> RegistryError {
        .notFound("There is no dataset '\(id)' of model '\(model)'; `leeway dataset list` has them.")
    }

    init(_ row: Row) throws {
        guard let format = Format(rawValue: row["format"]), let state = State(rawValue: row["state"]) else {
            preconditionFailure("a training set is of a format and in a state that none has")
        }
        self.init(
            model: row["model"], offer: try decoded(row["offer"]), format: format, state: state,
            reason: row["reason"], facts: try (row["facts"] as Data?).map(decoded), created: row["created"],
            createdBy: row["created_by"])
    }
}

func decoded<Value: Decodable>(_ bytes: Data) throws -> Value {
    try JSONDecoder().decode(Value.self, from: bytes)
}

/// With sorted keys: equal values are equal bytes.
func encoded(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
}
