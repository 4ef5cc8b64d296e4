package import Jobs
package import Registry

/// A program that a part of the registry wants to be run.
package struct JobRequest: Equatable, Sendable {
    package var kind: JobOrder.Kind
    package var model: String
    /// The request to train that it is for, where there is one.
    package var retrainRequest: String?
    /// The run that it makes or judges, where that is known beforehand.
    package var run: String?
    package var command: JobCommand
    /// How many rounds of progress there will be at most, where that is known.
    package var rounds: Int?
    /// `nil` for those of the configuration.
    package var limits: JobLimits?
    /// Exit codes beside 0 that are answers, not failures.
    package var answers: Set<Int32> = []

    package init(
        _ kind: JobOrder.Kind, of model: String, _ command: JobCommand, for retrainRequest: String? = nil,
        run: String? = nil, rounds: Int? = nil, limits: JobLimits? = nil
    ) {
        (self.kind, self.model, self.command) = (kind, model, command)
        (self.retrainRequest, self.run, self.rounds, self.limits) = (retrainRequest, run, rounds, limits)
    }

    private static let longestText = 4000

    var order: JobOrder {
        let text = command.text
        let shown = text.count > JobRequest.longestText ? text.prefix(JobRequest.longestText) + "…" : text
        return JobOrder(kind: kind, model: model, request: retrainRequest, run: run, command: shown)
    }
}
