/// What happened to rows and labels since the store was made, by reason. They are stored with the rows, in the
/// same transaction, so that a crash loses neither or both.
package struct CaptureCounters: Equatable, Codable, Sendable {
    package enum Reason: String, CaseIterable, Sendable {
        // Rows.
        /// Rows that the store took up, waiting labels among them.
        case stored
        /// A part came again, as it was.
        case repeatedPart = "repeated_part"
        /// A part came again with other content; the first stays.
        case conflictingPart = "conflicting_part"
        /// Another row has the same hash.
        case collision
        /// The row has no id, so that nothing could be joined to it.
        case withoutID = "without_id"
        /// Values of features that were left out since the stream has had too many names.
        case unnamedFeature = "unnamed_feature"
        /// The row takes up more than a sixteenth of what the store may.
        case oversized

        // Labels.
        /// Labels that met their row.
        case matched
        /// Of those, labels that came after the horizon.
        case late
        /// A label came with another value; the last one stays.
        case replacedLabel = "replaced_label"
        /// A label came again, as it was.
        case repeatedLabel = "repeated_label"
        /// A label that cannot be the truth about the model's answers.
        case labelType = "label_type"
        case emptyLabel = "empty_label"
        /// A label whose row had not been seen by the horizon: another replica's, or lost.
        case foreign
        /// Answered rows that had no label by the horizon.
        case unlabelled
        /// Rows with inputs that had no answer by the horizon.
        case unanswered

        // What bounds dropped.
        case droppedByAge = "dropped_by_age"
        case droppedByRows = "dropped_by_rows"
        case droppedByBytes = "dropped_by_bytes"
        /// Stored rows that a smaller sample leaves out.
        case thinned
        /// Rows that came while the store could not take them: see the recorder's failure.
        case unstorable
        /// Rows that came faster than the store takes them.
        case overrun
    }

    private var counts: [String: UInt64] = [:]

    package init() {}

    package subscript(_ reason: Reason) -> UInt64 {
        get { counts[reason.rawValue] ?? 0 }
        set { counts[reason.rawValue] = newValue }
    }

    mutating func add(_ reason: Reason, _ count: Int = 1) {
        if count > 0 { self[reason] += UInt64(count) }
    }
}
