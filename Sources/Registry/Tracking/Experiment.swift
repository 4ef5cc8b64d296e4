/// A named group of runs.
package struct Experiment: Equatable, Sendable {
    package var id: Int64
    package var name: String
    /// Where its runs keep their artifacts, unless a client chose otherwise: `mlflow-artifacts:/<id>`.
    package var artifactLocation: String
    package var stage: LifecycleStage
    /// Milliseconds since 1970, as `updated` is.
    package var created: Int64
    package var updated: Int64
    package var tags: [Tag]
}
