/// The first frame of a message: `<kind>/<model>/`. The closing slash matters, because subscriptions are
/// prefixes: `inputs/fraud` would also bring `inputs/fraud-eu`.
package struct Topic: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, CaseIterable, Sendable {
        case inputs, predictions, labels, rows, beacon
    }

    package var kind: Kind
    package var model: String

    package init(_ kind: Kind, _ model: String) {
        (self.kind, self.model) = (kind, model)
    }

    /// Reads the frame as it came. Model names may hold slashes.
    package init(_ bytes: RawSpan) throws(Rejection) {
        let text = unsafe bytes.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
        guard let text else { throw Rejection(.badUTF8, "the topic is not UTF-8") }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count > 1, parts[1].last == "/" else {
            throw Rejection(
                .badTopic, "the topic \(Rejection.quote(text)) is not of the form <kind>/<model>/")
        }
        guard let kind = Kind(rawValue: String(parts[0])) else {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Rejection(.badTopic, "the kind \(Rejection.quote(String(parts[0]))) is none of \(kinds)")
        }
        self.init(kind, String(parts[1].dropLast()))
    }

    package var description: String { "\(kind.rawValue)/\(model)/" }
}
