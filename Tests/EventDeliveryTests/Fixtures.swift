import Drift
import EventDelivery
import Foundation

extension DriftEvent {
    static func make(id: String = "1", value: Double = 0.61) -> DriftEvent {
        let day = Timestamp(rfc3339: "2013-04-01T00:00:00Z")!
        let payload = Payload(
            model: "flight-delay", kind: "data", fingerprint: "f00d", feature: "temp", measure: "wasserstein",
            value: value, threshold: 0.2, pValue: nil, qValue: nil, errorBound: 0, severity: .critical,
            window: WindowSummary(start: day, end: day.advanced(by: 86_400_000_000_000), rows: 900),
            test: nil, reference: "abc", versions: ["unknown"],
            contributors: [
                Contributor(feature: "temp", measure: "wasserstein", value: value, score: 4.5, pValue: nil)
            ],
            histogram: Histogram(edges: [0.1], categories: [], reference: [0.5, 0.5], current: [0, 1]),
            since: day)
        return DriftEvent(
            id: id, type: .firing, source: "/agents/a", subject: "flight-delay/temp", time: day, data: payload
        )
    }
}

extension EventCarrier {
    func deliver(_ event: DriftEvent) async throws { try await carry(OutgoingEvent(event)) }
}

/// A folder of its own that is gone afterwards.
func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

func contents(of path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
}

/// The ids of the events in a file of JSON lines, every line of which must be whole.
func ids(in path: String) throws -> [String] {
    let lines = contents(of: path).split(separator: "\n")
    return try lines.map { try JSONDecoder().decode(DriftEvent.self, from: Data($0.utf8)).id }
}
