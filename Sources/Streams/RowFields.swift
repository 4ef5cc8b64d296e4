import Drift

/// The members of one object of a `rows` message, found in one pass.
struct RowFields {
    private(set) var id, time, version, segment, features, prediction, label: JSONValue?
    private(set) var unit, latency, error: JSONValue?
    private(set) var parts: RowBatch.Parts = []

    init(_ row: JSONValue, index: Int) throws(Rejection) {
        guard row.isObject else { throw Rejection(.wrongForm, "row \(index) is \(row.noun), not an object") }
        for (key, value) in row.members where !value.isNull {
            if key == "id" {
                id = value.text?.isEmpty == true ? nil : value
            } else if key == "time" {
                time = value
            } else if key == "features" {
                features = value
            } else if key == "prediction" {
                prediction = value
            } else if key == "label" {
                label = value
            } else if key == "model_version" {
                version = value
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
        if let features, !features.isObject {
            throw Rejection(.wrongForm, "the features of row \(index) are \(features.noun), not an object")
        }
        if features != nil { parts.insert(.features) }
        if prediction != nil { parts.insert(.predictions) }
        if label != nil { parts.insert(.labels) }
        guard !parts.isEmpty || error != nil else {
            throw Rejection(.wrongForm, "row \(index) has neither features nor a prediction nor a label")
        }
    }
}
