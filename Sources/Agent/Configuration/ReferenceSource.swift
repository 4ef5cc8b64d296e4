import ConfigurationFile

/// Where a model's reference distribution comes from.
package enum ReferenceSource: Equatable, Sendable {
    case file(path: String)
    /// The reference of the registry's champion.
    case registry
    /// Built from the first rows of the stream.
    case warmup(rows: Int)
}

extension ReferenceSource: ConfigurationText {
    static var form: String { "a file, \"registry\" or \"warmup:20000\"" }

    init(configuration text: String) throws(MalformedText) {
        if text == "registry" {
            self = .registry
        } else if text.hasPrefix("warmup:") {
            guard let rows = Int(text.dropFirst(7)), rows > 0 else {
                throw .expected("a number of rows such as \"warmup:20000\"", found: text)
            }
            self = .warmup(rows: rows)
        } else {
            self = .file(path: text)
        }
    }
}
