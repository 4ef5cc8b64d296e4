/// Why a training came to nothing, in a sentence.
package struct TrainingFailure: Error, Equatable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

/// Why a training ends that is not to blame for it.
enum TrainingStopped: Error, Equatable {
    /// By a person, and how.
    case cancelled(String)
    /// The registry ends.
    case interrupted
}

/// How a training ended before its time, and the run that it had begun.
struct TrainingEnd: Error {
    var run: String
    var cause: any Error
}
