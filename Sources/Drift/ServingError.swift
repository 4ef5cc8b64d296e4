/// How a request came to nothing.
package enum ServingError: String, CaseIterable, Sendable {
    /// The service failed, or said something of its own.
    case exception
    case timeout
    /// There is an answer, and it is none: text for a score, a probability of 2.
    case invalid
}
