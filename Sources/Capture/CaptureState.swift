import Drift
import Foundation
import GRDB

/// What a store knows of itself, saved with every change.
struct CaptureState: Codable, Sendable {
    var clock: StoreClock
    var sample: CaptureSample
    /// How many rows have come, whether or not they are still here.
    var sequence: Int64 = 0
    /// Rows up to here have been judged at their horizon.
    var horizonCursor: Int64 = 0
    /// Since the store was opened.
    var lastRefusedLabel: String?
    /// When the sample last became larger.
    var widened: Int64?
    var savedAt: Int64 = 0
    var rows = 0
    var waiting = 0
    var usedBytes: Int64 = 0
    var counters = CaptureCounters()
    var layouts = LayoutBook()

    private enum CodingKeys: CodingKey {
        case clock, sample, sequence, horizonCursor, widened, savedAt, rows, waiting, usedBytes, counters
    }

    init(clock: StoreClock, sample: CaptureSample) { (self.clock, self.sample) = (clock, sample) }

    /// As it was when the store was last open, under limits that may be others.
    static func resume(_ database: Database, _ limits: CaptureLimits, _ now: Timestamp) throws -> CaptureState
    {
        var state = CaptureState(clock: StoreClock(now), sample: .everything)
        if let body = try Data.fetchOne(database, sql: "SELECT body FROM state") {
            state = try JSONDecoder().decode(CaptureState.self, from: body)
            state.layouts = try LayoutBook(database)
            state.clock.resume(at: now)
        }
        if case .share(let rate) = limits.sample { state.sample = CaptureSample(rate: rate) }
        try state.save(database)
        return state
    }

    mutating func save(_ database: Database) throws {
        savedAt = clock.now
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO state (state, body) VALUES (1, ?)")
            .execute(arguments: [try JSONEncoder().encode(self)])
    }
}
