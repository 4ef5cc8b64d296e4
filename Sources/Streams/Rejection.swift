/// Why a message could not be read: a reason to count it under, and a sentence that says what is wrong where.
package struct Rejection: Error, Equatable, CustomStringConvertible {
    /// The raw values are labels of metrics, and stay what they are.
    package enum Reason: String, CaseIterable, Sendable {
        /// The topic is not `<kind>/<model>/`.
        case badTopic = "bad_topic"
        /// The topic names a model that is not configured here.
        case unknownModel = "unknown_model"
        /// There is no body, or there are frames that no tensor asks for.
        case badFrames = "bad_frames"
        case badUTF8 = "bad_utf8"
        case badJSON = "bad_json"
        /// JSON, but not in the form of the kind: no `inputs`, a tensor without a name, …
        case wrongForm = "wrong_form"
        case unknownDatatype = "unknown_datatype"
        case wrongShape = "wrong_shape"
        /// A value that its datatype, or the rest of its column, cannot hold.
        case wrongType = "wrong_type"
        case missingTensorData = "missing_tensor_data"
        /// The bytes of a binary tensor are too few, too many, or contradict themselves.
        case badTensorData = "bad_tensor_data"
        case badTime = "bad_time"
        /// `latency_ms` is no number of milliseconds.
        case badLatency = "bad_latency"
        /// A limit was hit; the detail says which.
        case oversized
        /// The sequence number has been seen before.
        case duplicate
    }

    package var reason: Reason
    package var detail: String

    package init(_ reason: Reason, _ detail: String) {
        (self.reason, self.detail) = (reason, detail)
    }

    package var description: String { "\(reason.rawValue): \(detail)" }
}

extension Rejection {
    /// Names from the wire in our sentences: cut to what a log line bears.
    static func quote(_ name: String) -> String {
        name.utf8.count <= 100 ? "'\(name)'" : "'\(name.prefix(97))…'"
    }

    static func quote(_ name: JSONText) -> String { quote(name.string) }
}
