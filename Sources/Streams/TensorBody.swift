import Drift

/// The members of an Open Inference Protocol body that matter here, found in one pass.
struct TensorBody {
    var id, modelVersion, time, segment, unit, latency, error: JSONValue?
    private var inputs, outputs, labels: JSONValue?

    init(_ root: JSONValue) throws(Rejection) {
        guard root.isObject else { throw Rejection(.wrongForm, "the body is \(root.noun), not an object") }
        for (key, value) in root.members where !value.isNull {
            if key == "inputs" {
                inputs = value
            } else if key == "outputs" {
                outputs = value
            } else if key == "labels" {
                labels = value
            } else if key == "id" {
                id = value
            } else if key == "model_version" {
                modelVersion = value
            } else if key == "parameters" {
                readParameters(value)
            }
        }
    }

    private mutating func readParameters(_ parameters: JSONValue) {
        for (key, value) in parameters.members where !value.isNull {
            if key == "time" {
                time = value
            } else if key == "model_version" {
                modelVersion = modelVersion ?? value
            } else if key == "segment" {
                segment = value
            } else if key == "unit" {
                unit = value
            } else if key == "latency_ms" {
                latency = value
            } else if key == "error" {
                error = value
            }
        }
    }

    /// The array of tensors that a message of the kind carries; `nil` for an answer that is an error.
    func tensors(for part: RowBatch.Parts) throws(Rejection) -> JSONValue? {
        let (tensors, key) =
            switch part {
            case .features: (inputs, "inputs")
            case .predictions: (outputs, "outputs")
            default: (labels ?? outputs ?? inputs, "labels")
            }
        guard let tensors else {
            if part == .predictions && error != nil { return nil }
            throw Rejection(.wrongForm, "the body has no '\(key)'")
        }
        guard tensors.isArray else {
            throw Rejection(.wrongForm, "'\(key)' is \(tensors.noun), not an array")
        }
        return tensors
    }
}

extension RowBatch {
    /// A version is the registry's number in decimals, as a string or as a number.
    mutating func setVersion(_ value: JSONValue?) {
        guard let value, !value.isNull else {
            modelVersion = nil
            return
        }
        if modelVersion.map({ value.spells($0) }) != true { modelVersion = value.spelling }
    }
}

extension JSONValue {
    /// An id or a version, which may be sent as a string or as an integer; empty is as good as absent.
    var spelling: String? {
        switch content {
        case .text(let text): text.isEmpty ? nil : text.string
        case .integer(let number): String(number)
        case .unsigned(let number): String(number)
        default: nil
        }
    }

    /// Whether `spelling` is `string`, without making a string where none is needed.
    func spells(_ string: String) -> Bool {
        if case .text(let text) = content { return text == string }
        return spelling == string
    }
}

extension TextColumn {
    mutating func append(_ text: JSONText) { text.withSpan { append($0) } }

    mutating func append(spelling value: JSONValue) {
        if case .text(let text) = value.content { append(text) } else { append(value.spelling ?? "") }
    }

    /// Appends empty texts.
    mutating func pad(to count: Int) {
        while self.count < count { append("") }
    }
}
