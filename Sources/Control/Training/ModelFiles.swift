import Foundation
import Registry

/// The files of a model that a training has left.
struct ModelFiles: Sendable {
    let root: String
    /// Relative to the root, sorted.
    let paths: [String]

    /// - Throws: `TrainingFailure` for a folder that no version can be made of.
    init(_ root: String) throws(TrainingFailure) {
        self.root = root
        do {
            paths = try ModelFiles.plainFiles(in: root).sorted()
        } catch let failure as TrainingFailure {
            throw failure
        } catch {
            throw TrainingFailure(
                "what was left in LEEWAY_OUTPUT cannot be read: \(error.localizedDescription)")
        }
        guard paths.contains("MLmodel") else {
            throw TrainingFailure(
                paths.isEmpty
                    ? "nothing was left in LEEWAY_OUTPUT: save an MLflow model there"
                    : "the model left in LEEWAY_OUTPUT has no MLmodel: save it by mlflow's save_model")
        }
    }

    private static func plainFiles(in root: String) throws -> [String] {
        let files = FileManager.default
        return try files.subpathsOfDirectory(atPath: root).filter { path in
            let type = try files.attributesOfItem(atPath: "\(root)/\(path)")[.type] as? FileAttributeType
            guard type != .typeDirectory else { return false }
            guard type == .typeRegular else {
                throw TrainingFailure("the model's \(path) is no plain file: leave files and folders alone")
            }
            guard (try? ArtifactPath(path)) != nil else {
                throw TrainingFailure(
                    "the model's \(path) cannot be kept: its name is too long, or has odd characters")
            }
            return true
        }
    }
}
