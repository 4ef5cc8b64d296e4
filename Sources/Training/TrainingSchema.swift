package import Drift
import Foundation

/// A schema that can be trained by: it has features, a task, and a label.
package struct TrainingSchema: Equatable, Sendable {
    package let schema: ModelSchema
    package let task: ModelSchema.Task
    /// What the label's column is called, unless it is `label`.
    package let label: String
    /// The file, byte for byte: it becomes a part of the model.
    package let json: [UInt8]

    package static let knownVersion = 1

    /// - Parameter path: what messages call the schema.
    package init(json: [UInt8], path: String) throws {
        do {
            schema = try JSONDecoder().decode(ModelSchema.self, from: Data(json))
        } catch let error as DecodingError {
            throw DataProblem("\(path): not a schema: \(error.plainDescription)")
        }
        self.json = json
        guard schema.version == TrainingSchema.knownVersion else {
            throw DataProblem("\(path): its version is \(schema.version), this program reads version 1")
        }
        guard let task = AnswerScoring(schema)?.task else {
            throw DataProblem(
                "\(path): says no task: add \"task\": \"binary\", \"multiclass\" or \"regression\"")
        }
        guard let label = schema.label else {
            throw DataProblem("\(path): names no label: add \"label\": {\"tensor\": …, \"kind\": \"class\"}")
        }
        (self.task, self.label) = (task, label.tensor)
        try TrainingSchema.check(schema.features, path)
        let answers = [self.label, "label", "label_time"]
        if let feature = schema.features.first(where: { answers.contains($0.name) }) {
            throw DataProblem(
                "\(path): '\(feature.name)' is a feature and the answer too: leave it out of the features")
        }
    }

    package static func load(_ path: String) throws -> TrainingSchema {
        try TrainingSchema(json: contents(path), path: path)
    }

    private static func check(_ features: [Feature], _ path: String) throws(DataProblem) {
        guard !features.isEmpty else { throw DataProblem("\(path): declares no features") }
        var seen: Set<String> = []
        for feature in features where !seen.insert(feature.name).inserted {
            throw DataProblem("\(path): declares feature '\(feature.name)' twice")
        }
    }
}

/// A whole file.
func contents(_ path: String) throws(DataProblem) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
        throw DataProblem("\(path): there is no such file, or it cannot be read")
    }
    return Array(data)
}
