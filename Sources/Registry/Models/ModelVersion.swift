/// A version of a registered model. Its files are pinned when it is made; nothing changes them.
package struct ModelVersion: Equatable, Sendable {
    package enum Stage: String, CaseIterable, Sendable {
        case none = "None"
        case staging = "Staging"
        case production = "Production"
        case archived = "Archived"
    }

    package var model: String
    /// From 1.
    package var version: Int64
    /// Milliseconds since 1970, as `updated` is.
    package var created: Int64
    package var updated: Int64
    package var description: String
    package var stage: Stage
    /// Where the files came from, as the client said.
    package var source: String
    /// Empty where no run is known.
    package var run: String
    package var runLink: String
    package var loggedModel: String?
    /// Who registered it.
    package var creator: String
    /// SHA-256 over the pinned files, in hexadecimal digits; `nil` where the registry holds none of them.
    package var digest: String?
    package var tags: [Tag]
    package var aliases: [String]
}
