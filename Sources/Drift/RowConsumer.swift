/// What a model's stream of decoded rows is handed to, on the thread that receives.
///
/// Called for every message, so it only counts: it may not block, and may not call out of the process.
package protocol RowConsumer: Sendable {
    /// Rows of one message. `arrival` is the wall clock when the message was received.
    mutating func consume(_ batch: borrowing RowBatch, arrival: Timestamp)
    /// Messages of the model that were published and did not arrive, as soon as that is known.
    mutating func missed(messages: Int)
    /// A publisher was first heard when it had already sent messages. They are not missed, nobody was listening,
    /// but what they belonged to is incomplete: the windows now open are partial.
    mutating func joinedLate()
    /// The publisher said that its stream ends here (a beacon with `"end": true`): open windows close.
    mutating func streamEnded(arrival: Timestamp)
    /// Called some ten times a second, messages or none, after those at hand have been consumed.
    mutating func tick(now: Timestamp)
}
