package import Jobs

/// A model that the registry trains: its recipe, and what its jobs may use.
package struct TrainedModel: Equatable, Sendable {
    package var recipe: TrainingRecipe
    /// Where paths of the recipe start, and where its programs run.
    package var folder: String
    package var limits: JobLimits

    /// An absolute path for one of the recipe's.
    package func path(_ written: String) -> String {
        written.hasPrefix("/") ? written : "\(folder)/\(written)"
    }
}
