import Foundation
import Jobs

/// Has rows scored with a model: by `leeway-trainer` with its own, by the recipe's scorer or the bundled one with others.
struct ModelScorer: Sendable {
    let programs: TrainingPrograms
    /// The recipe's scorer, and what it is told.
    var scorer: [String]?
    /// Where that runs.
    var folder: String?
    var threads = 1

    init(programs: TrainingPrograms, model: TrainedModel?) {
        self.programs = programs
        guard let model else { return }
        (scorer, folder, threads) = (model.recipe.scorer, model.folder, model.recipe.threads)
    }

    /// - Parameters:
    ///   - model: the model's files.
    ///   - work: where the bundled scorer may be written to.
    /// - Throws: `TrainingFailure` for a model that nobody can score.
    func command(
        _ model: TrainingFolder, rows: String, schema: String, output: String, work: TrainingFolder
    ) throws -> JobCommand {
        if ModelScorer.isOwn(model) {
            return JobCommand(
                programs.trainer,
                [
                    "score", "--model", model.path, "--rows", rows, "--output", output, "--threads",
                    "\(threads)",
                ])
        }
        let variables = [
            "LEEWAY_MODEL": model.path, "LEEWAY_ROWS": rows, "LEEWAY_OUTPUT": output,
            "LEEWAY_SCHEMA": schema,
        ]
        if let words = scorer {
            return JobCommand(words[0], Array(words.dropFirst()), variables: variables, folder: folder)
        }
        guard model.contains("MLmodel") else {
            throw TrainingFailure(
                "nobody can score the model: it has no MLmodel, and [[registry.model]] names no scorer")
        }
        try work.write(Data(PackageResources.score_pyfunc_py), "score_pyfunc.py")
        return JobCommand(programs.python, [work["score_pyfunc.py"]], variables: variables)
    }

    /// Whether `leeway-trainer` made it.
    private static func isOwn(_ folder: TrainingFolder) -> Bool {
        folder.contains("encoder.json") && folder.contains("manifest.json")
    }

    /// From where on its score stands for the positive class, where the model itself says so.
    static func threshold(of folder: TrainingFolder) -> Double? {
        struct Decision: Decodable { var threshold: Double? }
        guard isOwn(folder), let json = folder.read("threshold.json") else { return nil }
        return (try? JSONDecoder().decode(Decision.self, from: json))?.threshold
    }
}
