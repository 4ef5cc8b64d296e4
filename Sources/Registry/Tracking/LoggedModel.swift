/// A model as a run logged it: files, and how well it did. A registered version is made from one.
package struct LoggedModel: Equatable, Sendable {
    package enum Status: String, CaseIterable, Sendable {
        case pending = "LOGGED_MODEL_PENDING"
        case ready = "LOGGED_MODEL_READY"
        case uploadFailed = "LOGGED_MODEL_UPLOAD_FAILED"
    }

    /// `m-` and 32 hexadecimal digits.
    package var id: String
    package var experiment: Int64
    package var name: String
    package var sourceRun: String?
    package var artifactURI: String
    package var status: Status
    package var statusMessage: String?
    package var modelType: String?
    /// Milliseconds since 1970, as `updated` is.
    package var created: Int64
    package var updated: Int64
    package var tags: [Tag]
    package var params: [Tag]
    package var metrics: [ModelMetric]
}
