import Drift
import Foundation
import GRDB

@testable import Capture

let hour: Int64 = 3_600_000_000_000
let day = 24 * hour

/// A wall clock's moment: so many hours after the start of 2025.
func at(_ hours: Int64, minutes: Int64 = 0) -> Timestamp {
    Timestamp(rfc3339: "2025-01-01T00:00:00Z")!.advanced(by: hours * hour + minutes * hour / 60)
}

/// A folder of its own that is gone afterwards.
func withState<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

func withStore<Value>(
    _ limits: CaptureLimits = CaptureLimits(), schema: ModelSchema? = nil,
    _ body: (CaptureStore) async throws -> Value
) async throws -> Value {
    try await withState { folder in
        let store = try CaptureStore(state: folder, model: "m", limits: limits, schema: schema, now: at(0))
        defer { try? store.close() }
        return try await body(store)
    }
}

extension RowBatch {
    init(_ parts: Parts, id: String?, rows: Int = 1, time: Timestamp? = nil, version: String? = nil) {
        self.init()
        (self.parts, count, modelVersion) = (parts, rows, version)
        if let id { ids.append(id) }
        if let time { times = [time] }
    }

    init(_ parts: Parts, ids: [String], time: Timestamp? = nil, version: String? = nil) {
        self.init()
        (self.parts, count, modelVersion) = (parts, ids.count, version)
        for id in ids { self.ids.append(id) }
        if let time { times = [time] }
    }

    func with(
        _ name: String, _ datatype: Datatype, _ values: ColumnValues, missing: [Bool] = [],
        part: Parts? = nil
    ) -> RowBatch {
        var batch = self
        var column = Drift.Column(name: name, part: part ?? parts, datatype: datatype, values: values)
        column.missing = missing
        batch.columns.append(column)
        return batch
    }
}

func texts(_ values: [String]) -> TextColumn {
    var column = TextColumn()
    for value in values { column.append(value) }
    return column
}

func inputs(_ ids: [String], time: Timestamp? = at(0), version: String? = nil) -> RowBatch {
    RowBatch(.features, ids: ids, time: time, version: version)
        .with("fare", .fp32, .real(ids.indices.map { Double(Float($0) + 0.1) }))
        .with("age", .int64, .integer(ids.indices.map { Int64($0) }))
}

func answers(_ ids: [String], _ score: Double = 0.25, time: Timestamp? = nil, version: String? = "7")
    -> RowBatch
{
    RowBatch(.predictions, ids: ids, time: time, version: version)
        .with("score", .fp64, .real(ids.map { _ in score }))
}

func labels(_ ids: [String], _ label: Int64 = 1, time: Timestamp? = nil) -> RowBatch {
    RowBatch(.labels, ids: ids, time: time).with("label", .int64, .integer(ids.map { _ in label }))
}

extension CaptureStore {
    @discardableResult func append(_ batches: RowBatch..., at now: Timestamp = at(0)) async throws
        -> [LabelledRow]
    {
        try await append(CaptureHandOver(batches.map { CapturePart($0, arrival: now) }), now: now)
    }

    /// As if the agent ran for so many hours without rows.
    func live(_ hours: ClosedRange<Int64>) async throws {
        for hour in hours { while try await maintain(now: at(hour)) {} }
    }

    func settle(at now: Timestamp = at(0)) async throws { while try await maintain(now: now) {} }

    /// Every row, unpacked, by time and id.
    func rows() async throws -> [CapturedRow] {
        try await database.read { database in
            var rows: [CapturedRow] = []
            try ExportedRows(CaptureExport(model: "m"), database).forEach { rows.append($0) }
            return rows
        }
    }

    func digest() async throws -> String {
        try await reader.summary(of: CaptureExport(model: "m")).digest
    }
}

extension CaptureCounters {
    /// What was counted, by name.
    var nonzero: [String: UInt64] {
        Dictionary(
            uniqueKeysWithValues: Reason.allCases.compactMap { self[$0] == 0 ? nil : ($0.rawValue, self[$0]) }
        )
    }
}

/// G. Marsaglia's xorshift64.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
