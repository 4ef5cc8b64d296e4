/// What an assembler needs to go on after a restart.
package struct PaneCheckpoint: Codable, Equatable, Sendable {
    /// How the panes were cut; panes of another plan cannot be taken up.
    package var plan: String
    package var open: [Pane]
    package var nextPane: Int64
    package var latestEvent: Timestamp?
    package var counters: PaneAssembler.Counters
}
