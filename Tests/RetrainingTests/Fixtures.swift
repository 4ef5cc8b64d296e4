import Drift
import Retraining

extension Timestamp {
    static func day(_ day: Int64, hour: Int64 = 0) -> Timestamp {
        Timestamp(nanoseconds: (day * 24 + hour) * 3_600_000_000_000)
    }
}

extension DriftEvent {
    /// A day's alert.
    static func make(
        id: String = "e", day: Int64 = 3, source: String = "/agents/a", type: Kind = .firing,
        kind: String = "data", fingerprint: String? = nil, severity: Severity = .warning,
        blamed: [String] = ["temp"]
    ) -> DriftEvent {
        let contributors = blamed.map {
            Contributor(feature: $0, measure: "ks", value: 0.3, score: nil, pValue: 0.001)
        }
        let payload = Payload(
            model: "m", kind: kind, fingerprint: fingerprint ?? kind, feature: blamed.first ?? "",
            measure: "ks", value: 0.3, threshold: 0.2, pValue: 0.001, qValue: nil, errorBound: nil,
            severity: severity, window: WindowSummary(start: .day(day), end: .day(day + 1), rows: 900),
            test: nil, reference: "ref", versions: ["1"], contributors: contributors, histogram: nil,
            since: .day(day))
        return DriftEvent(
            id: id, type: type, source: source, subject: "m/temp", time: .day(day + 1), data: payload)
    }
}

extension RetrainRequest {
    static func make(
        _ trigger: RetrainTrigger = .drift, day: Int64 = 3, evidence: [RetrainEvidence] = [],
        champion: Int64? = nil
    ) -> RetrainRequest {
        RetrainRequest(
            model: "m",
            cause: RetrainCause(
                trigger: trigger, reason: "why", commit: trigger == .code ? "0123abc" : nil),
            evidence: evidence, reference: "ref", window: Window(start: .day(day), end: .day(day + 1)),
            championVersion: champion)
    }
}
