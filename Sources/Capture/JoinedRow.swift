import Drift
import Foundation

/// A row with those of its parts that have come so far.
struct JoinedRow: Sendable, Equatable {
    /// Values in a layout.
    struct Packed: Sendable, Equatable {
        var layout: Int64
        var bytes: Data
    }

    /// Where a row's time is from; what comes first is preferred, in whatever order the parts come.
    enum TimeOrigin: Int, Sendable, Comparable {
        case inputs, answer
        /// No part has a time of its own: when the first came that was served.
        case servedArrival
        case labelArrival

        static func < (a: TimeOrigin, b: TimeOrigin) -> Bool { a.rawValue < b.rawValue }
    }

    enum VersionOrigin: Int, Sendable, Comparable {
        case answer, inputs, none

        static func < (a: VersionOrigin, b: VersionOrigin) -> Bool { a.rawValue < b.rawValue }
    }

    let hash: UInt64
    let id: CapturedID
    let index: Int64
    var parts: RowBatch.Parts
    /// When the first part came, by the store's clock.
    var arrival: Int64

    var time: Int64
    var timeOrigin: TimeOrigin
    var version: String?
    var versionOrigin: VersionOrigin
    var arm: String?
    var segment: String?
    /// Whom the request was about, where it said so.
    var unit: String?

    var features: Packed?
    var score: Double?
    var `class`: String?
    /// All of an answer that has more columns than one.
    var answer: Packed?
    var label: Truth?
    var labelTime: Int64?
    /// Whether the label said when it became true; else it is when it came.
    var hasOwnLabelTime = false

    /// Whether the row was seen being served; else only its label is here, and waits.
    var isServed: Bool { parts.rawValue & ~RowBatch.Parts.labels.rawValue != 0 }
    var isMatched: Bool { isServed && label != nil }

    /// Whether the label took longer than a horizon after the row's own time; `false` where either lacks one.
    func isLate(horizon: Int64) -> Bool {
        guard hasOwnLabelTime, timeOrigin < .servedArrival, let labelTime else { return false }
        return labelTime > Timestamp(nanoseconds: time).advanced(by: horizon).nanoseconds
    }
}

/// What joining parts brought about.
struct JoinTally: Equatable {
    var repeatedParts = 0
    var conflictingParts = 0
    var repeatedLabels = 0
    var replacedLabels = 0
}

extension JoinedRow {
    /// Adds the parts of the same row that came later.
    ///
    /// Of inputs and of an answer the first stays, since that is what was served; of a label the last, since
    /// truth gets corrected.
    mutating func join(_ later: JoinedRow) -> JoinTally {
        var tally = JoinTally()
        joinTime(later)
        if later.versionOrigin < versionOrigin {
            (version, versionOrigin) = (later.version, later.versionOrigin)
        }
        (arm, segment, unit) = (arm ?? later.arm, segment ?? later.segment, unit ?? later.unit)
        if later.parts.contains(.features) { joinFeatures(later, &tally) }
        if later.parts.contains(.predictions) { joinAnswer(later, &tally) }
        if let label = later.label { joinLabel(label, later, &tally) }
        parts.formUnion(later.parts)
        arrival = min(arrival, later.arrival)
        return tally
    }

    private mutating func joinTime(_ later: JoinedRow) {
        if later.timeOrigin < timeOrigin {
            (time, timeOrigin) = (later.time, later.timeOrigin)
        } else if timeOrigin == .servedArrival, later.timeOrigin == .servedArrival {
            time = min(time, later.time)
        }
    }

    private mutating func joinFeatures(_ later: JoinedRow, _ tally: inout JoinTally) {
        guard parts.contains(.features) else {
            features = later.features
            return
        }
        if features == later.features { tally.repeatedParts += 1 } else { tally.conflictingParts += 1 }
    }

    private mutating func joinAnswer(_ later: JoinedRow, _ tally: inout JoinTally) {
        guard parts.contains(.predictions) else {
            (score, `class`, answer) = (later.score, later.class, later.answer)
            return
        }
        let isSame = score == later.score && `class` == later.class && answer == later.answer
        if isSame { tally.repeatedParts += 1 } else { tally.conflictingParts += 1 }
    }

    private mutating func joinLabel(_ label: Truth, _ later: JoinedRow, _ tally: inout JoinTally) {
        if self.label == label {
            tally.repeatedLabels += 1
            return
        }
        if self.label != nil { tally.replacedLabels += 1 }
        (self.label, labelTime, hasOwnLabelTime) = (label, later.labelTime, later.hasOwnLabelTime)
    }
}

/// A request's id: text, or bytes where it is not UTF-8 or has a NUL in it.
enum CapturedID: Hashable, Sendable {
    case text(String)
    case bytes([UInt8])

    init(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            self = .bytes(Array(bytes))
            return
        }
        self = .text(text)
    }

    var utf8: [UInt8] {
        switch self {
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        }
    }

    /// By bytes: a string that is canonically equivalent is another id.
    static func == (a: CapturedID, b: CapturedID) -> Bool {
        switch (a, b) {
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        default: false
        }
    }

    func hash(into hasher: inout Hasher) { hasher.combine(utf8) }
}
