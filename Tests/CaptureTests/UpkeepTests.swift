import Drift
import Foundation
import GRDB
import Testing

@testable import Capture

struct UpkeepTests {
    @Test func `a label whose row is not seen by the horizon is foreign`() async throws {
        try await withStore { store in
            try await store.append(labels(["a", "b"]))
            #expect(store.figures.waitingLabels == 2)
            try await store.live(1...167)
            #expect(store.figures.waitingLabels == 2)
            try await store.live(168...169)
            #expect(store.figures.waitingLabels == 0)
            #expect(store.figures.rows == 0)
            #expect(store.figures.counters.nonzero == ["stored": 2, "foreign": 2])
        }
    }

    @Test func `rows without an answer or a label by the horizon are counted once and stay`() async throws {
        try await withStore { store in
            try await store.append(inputs(["a", "b", "c"]), answers(["a", "b"]), labels(["a"]))
            try await store.live(1...200)
            #expect(
                store.figures.counters.nonzero
                    == ["stored": 3, "matched": 1, "unlabelled": 1, "unanswered": 1])
            #expect(store.figures.rows == 3)
            try await store.append(labels(["b"]), at: at(201))
            #expect(store.figures.counters[.late] == 1)
            #expect(store.figures.counters[.matched] == 2)
        }
    }

    @Test func `a label that says it is late by event time is counted so`() async throws {
        try await withStore { store in
            try await store.append(answers(["a", "b"], time: at(0)))
            try await store.append(labels(["a"], time: at(169)), labels(["b"], time: at(167)))
            #expect(store.figures.counters[.matched] == 2)
            #expect(store.figures.counters[.late] == 1)
        }
    }

    @Test func `a clock that jumps expires nothing`() async throws {
        try await withStore { store in
            try await store.append(inputs(["a"]), answers(["a"]), labels(["w"]))
            for hours in [10_000, -5000, 1, 20_000, 2] as [Int64] { try await store.settle(at: at(hours)) }
            #expect(store.figures.rows == 2)
            try await store.append(inputs(["w"], time: at(0)), at: at(3))
            #expect(store.figures.counters[.matched] == 1)
        }
    }

    @Test func `time that passed while nothing ran counts`() async throws {
        try await withState { folder in
            let store = try CaptureStore(state: folder, model: "m", now: at(0))
            try await store.append(inputs(["a"]), answers(["a"]))
            try store.close()
            let later = try CaptureStore(state: folder, model: "m", now: at(24 * 31))
            try await later.settle(at: at(24 * 31))
            #expect(later.figures.rows == 0)
            #expect(later.figures.counters[.droppedByAge] == 1)
        }
    }

    private static func ids(_ range: Range<Int>) -> [String] { range.map { "id-\($0)" } }

    @Test func `rows go when they are too old, and younger ones stay`() async throws {
        var limits = CaptureLimits()
        limits.maxAge = 10 * hour
        try await withStore(limits) { store in
            for number in 0..<20 {
                let ids = UpkeepTests.ids(number * 100..<(number + 1) * 100)
                try await store.append(answers(ids), at: at(Int64(number)))
                try await store.settle(at: at(Int64(number)))
            }
            #expect(store.figures.rows == 1100)
            #expect(store.figures.counters[.droppedByAge] == 900)
            let oldest = try await store.reader.maturity(of: CaptureSpan()).oldest
            #expect(oldest == at(9))
        }
    }

    @Test func `of a fixed sample the oldest rows go when there are too many`() async throws {
        var limits = CaptureLimits()
        (limits.maxRows, limits.sample) = (1000, .share(1))
        try await withStore(limits) { store in
            for number in 0..<50 {
                let ids = UpkeepTests.ids(number * 100..<(number + 1) * 100)
                try await store.append(answers(ids), at: at(0, minutes: Int64(number)))
                try await store.settle(at: at(0, minutes: Int64(number)))
            }
            #expect((900...1000).contains(store.figures.rows))
            #expect(store.figures.rows + Int(store.figures.counters[.droppedByRows]) == 5000)
            let maturity = try await store.reader.maturity(of: CaptureSpan())
            #expect(try #require(maturity.oldest) >= at(0, minutes: 37))
        }
    }

    @Test func `an automatic sample stays within its bytes, and is what its rate says`() async throws {
        var limits = CaptureLimits()
        limits.maxBytes = 1 << 20
        try await withStore(limits) { store in
            for number in 0..<40 {
                let ids = UpkeepTests.ids(number * 1000..<(number + 1) * 1000)
                try await store.append(inputs(ids), answers(ids))
                try await store.settle()
            }
            let figures = store.figures
            #expect(figures.usedBytes <= limits.maxBytes)
            #expect(figures.sample.rate < 1)
            #expect(figures.counters[.stored] - figures.counters[.thinned] == UInt64(figures.rows))
            #expect(figures.counters[.droppedByBytes] == 0)
            let expected = UpkeepTests.ids(0..<40_000).filter {
                figures.sample.contains(CaptureSample.hash(id: $0, index: 0))
            }
            let kept = try await store.rows().compactMap { if case .text(let id) = $0.id { id } else { nil } }
            #expect(kept.count > 1000)
            #expect(kept == expected.sorted())
        }
    }

    @Test func `a fixed sample stays within its bytes by losing its oldest rows`() async throws {
        var limits = CaptureLimits()
        (limits.maxBytes, limits.sample) = (1 << 20, .share(0.5))
        try await withStore(limits) { store in
            for number in 0..<40 {
                let ids = UpkeepTests.ids(number * 1000..<(number + 1) * 1000)
                try await store.append(inputs(ids), answers(ids))
                try await store.settle()
            }
            #expect(store.figures.usedBytes <= limits.maxBytes)
            #expect(store.figures.counters[.droppedByBytes] > 1000)
            #expect(store.figures.sample.rate == 0.5)
        }
    }

    @Test func `a sample that is made smaller by configuration is thinned`() async throws {
        try await withState { folder in
            let ids = UpkeepTests.ids(0..<5000)
            let store = try CaptureStore(state: folder, model: "m", now: at(0))
            try await store.append(answers(ids))
            try store.close()
            var limits = CaptureLimits()
            limits.sample = .share(0.3)
            let smaller = try CaptureStore(state: folder, model: "m", limits: limits, now: at(0))
            let before = try await smaller.reader.maturity(of: CaptureSpan())
            try await smaller.settle()
            #expect(try await smaller.reader.maturity(of: CaptureSpan()) == before)
            #expect((1350...1650).contains(smaller.figures.rows))
            #expect(before.rows == smaller.figures.rows)
        }
    }

    @Test func `a sample grows again when its rows need little room`() async throws {
        var limits = CaptureLimits()
        (limits.maxBytes, limits.maxAge) = (1 << 20, 10 * hour)
        try await withStore(limits) { store in
            for number in 0..<20 {
                try await store.append(inputs(UpkeepTests.ids(number * 1000..<(number + 1) * 1000)))
                try await store.settle()
            }
            let burst = store.figures.sample.rate
            for hours in 1...40 as ClosedRange<Int64> {
                try await store.append(
                    inputs(UpkeepTests.ids(Int(hours) * 100_000..<Int(hours) * 100_000 + 50)), at: at(hours))
                try await store.settle(at: at(hours))
            }
            #expect(store.figures.sample.rate > burst)
        }
    }

    @Test func `pages that are no longer needed go back to the disk`() async throws {
        try await withState { folder in
            let store = try CaptureStore(state: folder, model: "m", now: at(0))
            for number in 0..<20 {
                try await store.append(inputs(UpkeepTests.ids(number * 1000..<(number + 1) * 1000)))
            }
            #expect(try await store.database.read { try Int.fetchOne($0, sql: "PRAGMA auto_vacuum") } == 2)
            #expect(try await store.database.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 1)
            try store.close()
            var limits = CaptureLimits()
            limits.maxBytes = 256 << 10
            let smaller = try CaptureStore(state: folder, model: "m", limits: limits, now: at(0))
            try await smaller.settle()
            try await smaller.database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            let size = try FileManager.default.attributesOfItem(atPath: smaller.path)[.size] as? Int
            #expect(try #require(size) <= limits.maxBytes + 2 << 20)
        }
    }

    @Test func `rows that are larger than a sixteenth of the store are refused`() async throws {
        var limits = CaptureLimits()
        limits.maxBytes = 1 << 20
        try await withStore(limits) { store in
            let huge = RowBatch(.features, ids: ["a", "b"], time: at(0))
                .with("t", .bytes, .text(texts([String(repeating: "x", count: 100_000), "y"])))
            try await store.append(huge)
            #expect(store.figures.counters.nonzero == ["stored": 1, "oversized": 1])
        }
    }
}
