/// Where an artifact lies: `1/4f…/artifacts/model/MLmodel`. Relative to the root of all artifacts, which is no path.
///
/// It names a row of an index, never a file: no path can reach beyond the registry's folder.
package struct ArtifactPath: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of UTF-8.
    static let longest = 4096
    /// The top segment under which versions of models show their pinned files.
    static let versions = "versions"

    let text: String

    /// - Throws: `RegistryError` for a path that is empty, too long or absolute, that has a segment which is empty,
    ///   `.` or `..`, or that holds a backslash or a control character (a manifest of files is text, line by line).
    package init(_ text: String) throws(RegistryError) {
        let segments = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.longest,
            segments.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
            ),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") })
        else { throw .invalid("Invalid path") }
        self.text = text
    }

    package var description: String { text }

    /// Split by bytes, as the index is ordered: to Swift a slash with an accent after it is another character.
    package var segments: [Substring] { segments(atMost: .max) }

    /// The last one holds all that is left.
    func segments(atMost count: Int) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: count - 1).map(Substring.init)
    }

    /// The last segment.
    package var name: String { segments.last.map(String.init) ?? text }

    package func appending(_ path: ArtifactPath) throws(RegistryError) -> ArtifactPath {
        try ArtifactPath(text + "/" + path.text)
    }

    /// The directories it lies in, the topmost first.
    var ancestors: [String] {
        text.utf8.indices.filter { text.utf8[$0] == UInt8(ascii: "/") }.map { String(text[..<$0]) }
    }

    /// Versions of models are read under it; nothing is written there.
    var isReserved: Bool { segments.first.map { $0 == Self.versions } ?? false }

    func requireWritable() throws(RegistryError) {
        guard !isReserved else {
            throw .forbidden(
                "Nothing can be written under '\(Self.versions)': versions of models are immutable. "
                    + "Log files to a run, and register them as a new version.")
        }
    }
}

extension ArtifactPath {
    /// Where a URI leads: `nil` when it is elsewhere than in a registry (`s3:`, `file:`, …) or at the very root.
    ///
    /// `mlflow-artifacts:/…`, with or without a host, and `http(s)://…/api/2.0/mlflow-artifacts/artifacts/…` are
    /// read as MLflow's client turns them into requests: escapes once, and no further than a `#` or `?`.
    ///
    /// - Throws: `RegistryError` when it leads into a registry by a path that is none.
    package static func resolving(_ uri: String) throws(RegistryError) -> ArtifactPath? {
        guard let raw = path(within: uri) else { return nil }
        let trimmed = raw.prefix { $0 != "#" && $0 != "?" }.trimming("/")
        guard !trimmed.isEmpty else { return nil }
        guard let decoded = String(trimmed).percentDecoded else { throw .invalid("Invalid path") }
        return try ArtifactPath(decoded)
    }

    private static let endpoint = "/api/2.0/mlflow-artifacts/artifacts"

    /// What follows the scheme and the host, or the endpoint of artifacts.
    private static func path(within uri: String) -> Substring? {
        guard let colon = uri.firstIndex(of: ":") else { return nil }
        let rest = uri[uri.index(after: colon)...]
        switch uri[..<colon].lowercased() {
        case "mlflow-artifacts":
            return rest.hasPrefix("//") ? rest.dropFirst(2).drop { $0 != "/" } : rest
        case "http", "https":
            return rest.firstRange(of: endpoint + "/").map { rest[$0.upperBound...] }
        default:
            return nil
        }
    }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> Substring {
        var trimmed = drop { $0 == character }
        while trimmed.last == character { trimmed.removeLast() }
        return trimmed
    }
}
