/// What a model is fed and what it answers, declared once and embedded in every reference.
package struct ModelSchema: Codable, Equatable, Sendable {
    package enum Task: String, Codable, Sendable, CaseIterable { case binary, multiclass, regression }

    package struct Prediction: Codable, Equatable, Sendable {
        package enum Kind: String, Codable, Sendable, CaseIterable {
            case score, `class`, probabilities, value
        }

        /// The name of the tensor (or of the `rows` key) that carries the answer.
        package var tensor: String
        package var kind: Kind
        package var positive: String?
        package var classes: [String]?
        package var threshold: Double?

        package init(
            tensor: String, kind: Kind, positive: String? = nil, classes: [String]? = nil,
            threshold: Double? = nil
        ) {
            (self.tensor, self.kind) = (tensor, kind)
            (self.positive, self.classes, self.threshold) = (positive, classes, threshold)
        }
    }

    package struct Label: Codable, Equatable, Sendable {
        package var tensor: String
        package var kind: String

        package init(tensor: String, kind: String) { (self.tensor, self.kind) = (tensor, kind) }
    }

    package var version = 1
    package var task: Task?
    package var features: [Feature]
    package var prediction: Prediction?
    package var label: Label?

    package init(
        task: Task? = nil, features: [Feature], prediction: Prediction? = nil, label: Label? = nil
    ) {
        (self.task, self.features, self.prediction, self.label) = (task, features, prediction, label)
    }
}

/// One input of a model.
package struct Feature: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable { case numeric, categorical, boolean }

    package var name: String
    package var kind: Kind

    package init(name: String, kind: Kind) { (self.name, self.kind) = (name, kind) }
}
