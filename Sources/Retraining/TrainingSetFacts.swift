package import Drift

/// What is in a training set, once its file has been read.
package struct TrainingSetFacts: Codable, Equatable, Sendable {
    package var rows: Int
    /// Rows whose truth is known.
    package var labelled: Int
    package var labelColumn: String
    /// `nil` where rows have no time.
    package var timeColumn: String?
    /// The event times of the oldest and of the newest row.
    package var first: Timestamp?
    package var last: Timestamp?
    /// Labels that came later are not in the file; `nil` where nobody says.
    package var labelCutoff: Timestamp?
    /// The id of the reference that its features make.
    package var reference: String

    package init(
        rows: Int, labelled: Int, labelColumn: String, timeColumn: String? = nil, first: Timestamp? = nil,
        last: Timestamp? = nil, labelCutoff: Timestamp? = nil, reference: String
    ) {
        (self.rows, self.labelled, self.labelColumn) = (rows, labelled, labelColumn)
        (self.timeColumn, self.first, self.last) = (timeColumn, first, last)
        (self.labelCutoff, self.reference) = (labelCutoff, reference)
    }

    private enum CodingKeys: String, CodingKey {
        case rows, labelled, first, last, reference
        case labelColumn = "label_column"
        case timeColumn = "time_column"
        case labelCutoff = "label_cutoff"
    }
}
