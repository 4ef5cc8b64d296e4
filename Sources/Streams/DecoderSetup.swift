import Drift

/// What a decoder has to know of its model before the first message.
struct DecoderSetup {
    /// The columns of a `[N, F]` tensor of inputs, from the stream's configuration.
    var features: [String]?
    var limits = DecodingLimits()
    private(set) var predictionName = "prediction"
    private(set) var labelName = "label"
    private(set) var classes: [String]?
    private var kinds: [String: Feature.Kind] = [:]

    init(schema: ModelSchema?, features: [String]?, limits: DecodingLimits) {
        (self.features, self.limits) = (features, limits)
        if let schema { adopt(schema) }
    }

    mutating func adopt(_ schema: ModelSchema) {
        predictionName = schema.prediction?.tensor ?? "prediction"
        labelName = schema.label?.tensor ?? "label"
        classes = schema.prediction?.classes
        kinds = Dictionary(schema.features.map { ($0.name, $0.kind) }) { first, _ in first }
    }

    /// A BYTES tensor `id` gives the rows their ids, unless the model has a feature of that name.
    var idIsFeature: Bool { kinds["id"] != nil || features?.contains("id") == true }

    /// The datatype of a column without a single value.
    func datatype(ofEmpty name: String) -> Datatype {
        switch kinds[name] {
        case .categorical: .bytes
        case .boolean: .bool
        case .numeric, nil: .fp64
        }
    }

    /// The columns of a wide tensor that carries one answer a class: `probabilities[setosa]`, or `[0]`.
    func indexedNames(of tensor: String, width: Int) -> [String] {
        guard tensor == predictionName, let classes, classes.count == width else {
            return (0..<width).map { "\(tensor)[\($0)]" }
        }
        return classes.map { "\(tensor)[\($0)]" }
    }
}
