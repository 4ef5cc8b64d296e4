import Foundation

/// The files of a model that a training has left.
struct ModelFiles: Sendable {
    let root: String
    /// Relative to the root, sorted.
    let paths: [String]

    /// - Throws: `TrainingFailure` for a folder that no version can be made of.
    init(_ root: String) throws {
        self.root = root
        var paths: [String] = []
        let files = FileManager.default
        for path in try files.subpathsOfDirectory(atPath: root) {
            let type = try files.attributesOfItem(atPath: "\(root)/\(path)")[.type] as? FileAttributeType
            switch type {
            case .typeRegular?: paths.append(path)
            case .typeDirectory?: break
            default:
                throw TrainingFailure("the model's \(path) is no plain file: leave files and folders alone")
            }
        }
        guard paths.contains("MLmodel") else {
            throw TrainingFailure(
                paths.isEmpty
                    ? "nothing was left in LEEWAY_OUTPUT: save an MLflow model there"
                    : "the model left in LEEWAY_OUTPUT has no MLmodel: save it by mlflow's save_model")
        }
        self.paths = paths.sorted()
    }
}
