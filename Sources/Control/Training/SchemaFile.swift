import Drift
import Foundation

/// The schema of a recipe: its file, byte for byte, and what it says.
struct SchemaFile: Sendable {
    let json: Data
    let schema: ModelSchema

    /// - Throws: `TrainingFailure` where there is none.
    init(_ path: String) throws(TrainingFailure) {
        guard let json = FileManager.default.contents(atPath: path) else {
            throw TrainingFailure("the schema \(path) cannot be read")
        }
        self.json = json
        do { schema = try JSONDecoder().decode(ModelSchema.self, from: json) } catch {
            throw TrainingFailure("\(path) is no schema: \(error)")
        }
    }
}
