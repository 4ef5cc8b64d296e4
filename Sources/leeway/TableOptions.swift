import ArgumentParser
import Drift
import Foundation
import Tables

/// How the columns of tables are read, the same for every command that reads them.
struct TableOptions: ParsableArguments {
    @Option(help: "A schema file (JSON): names and kinds of the features. Without it they are inferred.")
    var schema: String?

    @Option(help: "The column of event times (RFC 3339 or Unix).")
    var timeColumn: String?

    @Option(help: "The column of row ids.")
    var idColumn: String?

    @Option(help: "The column of the model's answers.")
    var predictionColumn: String?

    @Option(help: "The column of labels.")
    var labelColumn: String?

    @Option(help: "Columns to leave out, separated by commas.")
    var ignore: String?

    var layout: TableLayout {
        TableLayout(
            time: timeColumn, id: idColumn, prediction: predictionColumn, label: labelColumn,
            ignored: Set((ignore ?? "").split(separator: ",").map(String.init)))
    }

    /// The schema file, its prediction renamed to the column that is given.
    func loadSchema() throws -> ModelSchema? {
        guard var schema = try schema.map(ModelSchema.load) else { return nil }
        if let predictionColumn {
            schema.prediction?.tensor = predictionColumn
        } else {
            schema.prediction = nil
        }
        return schema
    }

    /// The whole of a table, in one batch.
    func readAll(_ path: String, schema: ModelSchema?) throws -> RowBatch {
        try readAll(path, layout, schema: schema)
    }

    func readAll(_ path: String, _ layout: TableLayout, schema: ModelSchema?) throws -> RowBatch {
        var reader = try TableReader(path: path, layout: layout, schema: schema)
        guard let batch = try reader.next() else {
            throw CommandFailure(message: "\(path): has a header and no rows")
        }
        return batch
    }
}

extension ModelSchema {
    /// Reads a schema file.
    static func load(_ path: String) throws -> ModelSchema {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(message: "\(path): there is no such file, or it cannot be read")
        }
        do {
            return try JSONDecoder().decode(ModelSchema.self, from: data)
        } catch let error as DecodingError {
            throw CommandFailure(message: "\(path): not a schema: \(error.plainDescription)")
        }
    }
}

/// A reference file, checked.
func loadReference(_ path: String) throws -> Reference {
    guard let data = FileManager.default.contents(atPath: path) else {
        throw CommandFailure(message: "\(path): there is no such file, or it cannot be read")
    }
    do {
        return try Reference(json: data)
    } catch {
        throw CommandFailure(message: "\(path): \(error)")
    }
}
