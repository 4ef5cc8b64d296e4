/// Content that the registry keeps, under the name that follows from it.
package struct Blob: Hashable, Sendable {
    /// SHA-256, in hexadecimal digits.
    package var digest: String
    package var size: Int64
}

/// A file of a run, of a logged model, or of a version.
package struct Artifact: Equatable, Sendable {
    package var path: ArtifactPath
    package var blob: Blob
    /// Milliseconds since 1970.
    package var modified: Int64
}

/// A line of a directory's listing.
package struct ArtifactEntry: Equatable, Sendable {
    package var name: String
    /// `nil` for a directory.
    package var size: Int64?

    package var isDirectory: Bool { size == nil }
}
