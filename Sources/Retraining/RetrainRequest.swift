import Crypto
package import Drift
import FoundationEssentials

/// Asks for a model to be trained again: what an agent, a schedule, a build or a person proposes, and the registry
/// decides about.
package struct RetrainRequest: Codable, Equatable, Sendable {
    /// Rows to train on, where they lie as ``DatasetLocation`` reads it.
    package struct Dataset: Codable, Equatable, Sendable {
        package var uri: String
        /// Of the whole file, 64 hexadecimal digits.
        package var sha256: String?

        package init(uri: String, sha256: String? = nil) { (self.uri, self.sha256) = (uri, sha256) }
    }

    /// What the request is about, in event time. A request without a window of rows is about its moment: it starts
    /// and ends then.
    package struct Window: Codable, Hashable, Sendable {
        package var start: Timestamp
        package var end: Timestamp

        package init(start: Timestamp, end: Timestamp) { (self.start, self.end) = (start, end) }
    }

    /// The same for the same occasion, whoever proposes it: see ``identity(model:cause:reference:window:)``.
    package private(set) var id: String
    package private(set) var model: String
    package private(set) var cause: RetrainCause
    /// What speaks for it, and against it: see ``RetrainEvidence/united(_:_:)``.
    package var evidence: [RetrainEvidence]
    package var dataset: Dataset?
    /// The id of the reference that the alerts compare with.
    package private(set) var reference: String?
    package private(set) var window: Window?
    /// The version that serves, as far as who proposes knows.
    package var championVersion: Int64?

    package init(
        model: String, cause: RetrainCause, evidence: [RetrainEvidence] = [], dataset: Dataset? = nil,
        reference: String? = nil, window: Window? = nil, championVersion: Int64? = nil
    ) {
        id = RetrainRequest.identity(model: model, cause: cause, reference: reference, window: window)
        (self.model, self.cause, self.dataset, self.reference) = (model, cause, dataset, reference)
        (self.window, self.championVersion) = (window, championVersion)
        self.evidence = RetrainEvidence.united(evidence, [])
    }

    private enum CodingKeys: String, CodingKey {
        case id, model, cause, evidence, dataset, reference, window
        case championVersion = "champion_version"
    }

    /// SHA-256, in hexadecimal, of five texts with a NUL between them: model, trigger, reference, start and end of the
    /// window in RFC 3339. What is missing is an empty text; a code change's commit stands in the reference's place.
    package static func identity(
        model: String, cause: RetrainCause, reference: String?, window: Window?
    ) -> String {
        let texts = [
            model, cause.trigger.rawValue, cause.commit ?? reference ?? "",
            window.map { "\($0.start)" } ?? "", window.map { "\($0.end)" } ?? "",
        ]
        return SHA256.hash(data: Array(texts.joined(separator: "\u{0}").utf8)).hexadecimal
    }
}

/// What makes a model be trained again.
package enum RetrainTrigger: String, Codable, CaseIterable, Sendable {
    /// Inputs or predictions have moved away from the reference.
    case drift
    /// The model does worse than its reference.
    case concept
    /// It was time.
    case schedule
    /// The training's code has changed.
    case code
    /// A person wants it.
    case manual

    /// Somebody asked, rather than something happened: neither cooldown nor back-off holds it up.
    package var isExplicit: Bool { self == .code || self == .manual }

    /// It is about how a champion does, and about no other.
    package var isOfChampion: Bool { self == .drift || self == .concept }
}

package struct RetrainCause: Codable, Equatable, Sendable {
    package var trigger: RetrainTrigger
    /// Why, in a sentence for a person.
    package var reason: String
    /// The git commit of a code change.
    package var commit: String?

    package init(trigger: RetrainTrigger, reason: String, commit: String? = nil) {
        (self.trigger, self.reason, self.commit) = (trigger, reason, commit)
    }
}

// MARK: - What others send

/// Why a request cannot be taken: which field, and what it must be.
package struct RetrainRequestError: Error, Equatable, Sendable, CustomStringConvertible {
    package var field: String
    package var reason: String

    package var description: String { "\(field) \(reason)" }
}

extension RetrainRequest {
    static let longestReason = 1000

    /// - Throws: when the request, read from somewhere, breaks a rule.
    package func check() throws(RetrainRequestError) {
        try cause.check()
        try dataset?.check()
        if let window, window.start > window.end {
            throw RetrainRequestError(field: "window.end", reason: "is before window.start")
        }
        let expected = RetrainRequest.identity(
            model: model, cause: cause, reference: reference, window: window)
        guard id == expected else {
            throw RetrainRequestError(
                field: "id",
                reason:
                    "must be the SHA-256 of model, trigger, reference and window, here \(expected); was \"\(id)\""
            )
        }
    }
}

extension RetrainCause {
    fileprivate func check() throws(RetrainRequestError) {
        guard !reason.isEmpty, reason.utf8.count <= RetrainRequest.longestReason else {
            throw RetrainRequestError(
                field: "cause.reason", reason: "must have 1 to \(RetrainRequest.longestReason) bytes")
        }
        guard (trigger == .code) == (commit != nil) else {
            throw RetrainRequestError(
                field: "cause.commit", reason: "belongs to the trigger \"code\", and to no other")
        }
        if let commit, !(7...64).contains(commit.utf8.count) || !commit.utf8.allSatisfy(isHexadecimal) {
            throw RetrainRequestError(
                field: "cause.commit", reason: "must be 7 to 64 hexadecimal digits, was \"\(commit)\"")
        }
    }
}

extension RetrainRequest.Dataset {
    fileprivate func check() throws(RetrainRequestError) {
        if let sha256, !sha256.isSHA256 {
            throw RetrainRequestError(
                field: "dataset.sha256", reason: "must be 64 hexadecimal digits, was \"\(sha256)\"")
        }
        if case .kept(let id) = try location(), let sha256, sha256.lowercased() != id {
            throw RetrainRequestError(
                field: "dataset.sha256", reason: "is \(sha256), where dataset.uri names another")
        }
    }
}

extension String {
    /// 64 hexadecimal digits.
    var isSHA256: Bool { utf8.count == 64 && utf8.allSatisfy(isHexadecimal) }
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
        UInt8(ascii: "A")...UInt8(ascii: "F"):
        true
    default: false
    }
}
