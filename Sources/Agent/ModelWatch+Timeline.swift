import Drift

extension ModelWatch {
    /// Takes up the windows of before the start: reading them may take its time, and holds nobody up.
    func recallTimeline() async {
        let (store, model, effects) = (store, stream.model, stream.settings.effects)
        let recalling = Task.detached(priority: .utility) { try store.timeline(of: model, effects) }
        do {
            prepend(try await recalling.value)
        } catch {
            logger.error("the timeline begins anew, reports cannot be read: \(error)")
        }
    }
}

/// A window that has closed, as it is told to who looks on.
struct ClosedWindow: Encodable {
    var model: String
    var window: WindowSummary
    var verdict: DriftReport.Verdict
    var pValue: Double?
    var worst: [WorstFeature]

    init(_ report: DriftReport, worst: [WorstFeature]) {
        (model, window, verdict) = (report.model, report.window, report.verdict)
        (pValue, self.worst) = (report.test?.pValue, worst)
    }

    private enum CodingKeys: String, CodingKey {
        case model, window, verdict, worst
        case pValue = "p_value"
    }
}
