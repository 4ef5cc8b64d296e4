import Drift

/// A body wrapped up by the KServe logger: a CloudEvent in structured JSON.
struct CloudEvent {
    enum Payload {
        case json(JSONValue)
        /// A body of JSON and binary tensors, in Base64.
        case base64(JSONText)
    }

    let part: RowBatch.Parts
    /// Joins a request with its response.
    let id: JSONValue?
    let time: JSONValue?
    let payload: Payload

    /// `nil` when the body is no CloudEvent.
    init?(_ root: JSONValue) throws(Rejection) {
        guard root["specversion"] != nil, let type = root["type"]?.text else { return nil }
        if type == "org.kubeflow.serving.inference.request" {
            part = .features
        } else if type == "org.kubeflow.serving.inference.response" {
            part = .predictions
        } else {
            throw Rejection(
                .wrongForm,
                "the CloudEvent is of type \(Rejection.quote(type)), neither a request nor a response")
        }
        (id, time) = (root["id"], root["time"])
        if let data = root["data"] {
            payload = .json(data)
        } else if let text = root["data_base64"]?.text {
            payload = .base64(text)
        } else {
            throw Rejection(.wrongForm, "the CloudEvent has neither data nor data_base64")
        }
    }
}
