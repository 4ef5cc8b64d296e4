package import Jobs

/// A model that the registry trains: its recipe, and what its jobs may use.
package struct TrainedModel: Equatable, Sendable {
    package var recipe: TrainingRecipe
    /// Where paths of the recipe start, and where its programs run.
    package var folder: String
    package var limits: JobLimits
    /// How long agents have to bring captured rows before the newest dataset is taken.
    package var datasetWait: Duration

    static let standardDatasetWait = Duration.seconds(600)

    /// An absolute path for one of the recipe's.
    package func path(_ written: String) -> String {
        written.hasPrefix("/") ? written : "\(folder)/\(written)"
    }
}
