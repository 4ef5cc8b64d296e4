package import Drift

/// What a model's numbers stand for: the classes, and from where on a score is the positive one. `threshold.json`.
package struct Decision: Codable, Equatable, Sendable {
    package var version = 1
    package var task: ModelSchema.Task
    /// Of a binary model the negative and the positive one; of a multiclass model in the order of its probabilities;
    /// none of a regression.
    package var classes: [String]
    /// A score at or above it is the positive class; only a binary model has one.
    package var threshold: Double?

    package static let knownVersion = 1

    package init(task: ModelSchema.Task, classes: [String], threshold: Double? = nil) {
        (self.task, self.classes, self.threshold) = (task, classes, threshold)
    }

    /// How many numbers the model answers a row with.
    var outputs: Int { task == .multiclass ? classes.count : 1 }
}

extension Decision {
    /// What the labels of a training set decide.
    ///
    /// - Parameter found: the classes that its rows have.
    init(_ schema: TrainingSchema, found: [String], path: String) throws(DataProblem) {
        switch schema.task {
        case .regression: self.init(task: .regression, classes: [])
        case .binary: try self.init(binary: schema, found, path)
        case .multiclass: try self.init(multiclass: schema, found, path)
        }
    }

    private init(binary schema: TrainingSchema, _ found: [String], _ path: String) throws(DataProblem) {
        let prediction = schema.schema.prediction
        let positive = className(prediction?.positive ?? "1")
        let others = found.filter { $0 != positive }
        guard found.contains(positive), let negative = others.first else {
            throw DataProblem(
                "\(path): a binary model needs rows of two classes, and the labels are \(listed(found)) alone; the schema's "
                    + "positive class is '\(positive)'")
        }
        guard others.count == 1 else {
            throw DataProblem(
                "\(path): a binary model has two classes, and the labels are \(listed(found)): is the task multiclass?"
            )
        }
        self.init(task: .binary, classes: [negative, positive], threshold: prediction?.threshold ?? 0.5)
    }

    private init(multiclass schema: TrainingSchema, _ found: [String], _ path: String) throws(DataProblem) {
        guard found.count > 1 else {
            throw DataProblem(
                "\(path): every label is \(listed(found)): a classifier needs rows of two classes or more")
        }
        let declared = schema.schema.prediction?.classes?.map(className)
        let unknown = found.filter { !(declared ?? found).contains($0) }
        guard unknown.isEmpty else {
            throw DataProblem("\(path): labels \(listed(unknown)) are not among the schema's classes")
        }
        self.init(task: .multiclass, classes: declared ?? found)
    }
}
