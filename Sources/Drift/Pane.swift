/// One step of a stream's time, counted.
package struct Pane: Codable, Equatable, Sendable {
    /// Numbered from the epoch for panes of time, from the first row for panes of rows.
    package var index: Int64
    package var start: Timestamp
    package var end: Timestamp
    package var profile: Profile
    package var versions: [String]
    package var missed: UInt64
    package var partial: Bool

    package init(
        index: Int64, start: Timestamp, end: Timestamp, profile: Profile, versions: [String],
        missed: UInt64, partial: Bool
    ) {
        (self.index, self.start, self.end, self.profile) = (index, start, end, profile)
        (self.versions, self.missed, self.partial) = (versions, missed, partial)
    }

    package var summary: WindowSummary {
        WindowSummary(
            start: start, end: end, rows: profile.rows, predictions: profile.predictions,
            labels: profile.labels, missed: missed, partial: partial)
    }
}
