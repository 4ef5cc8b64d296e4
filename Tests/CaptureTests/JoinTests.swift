import Drift
import Foundation
import Testing

@testable import Capture

struct JoinTests {
    private static let parts: [RowBatch] = [
        inputs(["a", "b"], time: at(0, minutes: 5), version: "6"),
        answers(["a", "b"], 0.75, time: at(0, minutes: 6)),
        labels(["a", "b"], 1, time: at(3)),
        inputs(["c"], time: nil),
        answers(["c"], 0.5, version: nil),
    ]

    private static func permutations(_ count: Int) -> [[Int]] {
        guard count > 1 else { return [[0]] }
        return permutations(count - 1).flatMap { rest in
            (0..<count).map { place in
                var order = rest
                order.insert(count - 1, at: place)
                return order
            }
        }
    }

    @Test(arguments: [true, false])
    func `parts in any order make the same rows`(inOneTransaction: Bool) async throws {
        var digests: Set<String> = []
        for order in JoinTests.permutations(JoinTests.parts.count) {
            let digest = try await withStore { store in
                let parts = order.map { CapturePart(JoinTests.parts[$0], arrival: at(0)) }
                if inOneTransaction {
                    _ = try await store.append(CaptureHandOver(parts), now: at(0))
                } else {
                    for part in parts { _ = try await store.append(CaptureHandOver([part]), now: at(0)) }
                }
                #expect(store.figures.counters.nonzero == ["stored": 3, "matched": 2])
                #expect(store.figures.waitingLabels == 0)
                return try await store.digest()
            }
            digests.insert(digest)
        }
        #expect(digests.count == 1)
    }

    @Test func `a joined row has what each part brought`() async throws {
        try await withStore { store in
            for part in JoinTests.parts { try await store.append(part, at: at(0)) }
            let rows = try await store.rows()
            let row = try #require(rows.first { $0.id == .text("b") })
            #expect(row.time == at(0, minutes: 5))
            #expect(row.version == "7")
            #expect(row.score == 0.75)
            #expect(row.label == .integer(1))
            #expect(row.labelTime == at(3))
            #expect(row.features.map(\.name) == ["age", "fare"])
            #expect(row.features.map(\.value.decimal) == ["1", "1.1"])
            #expect(row.features.map(\.value.datatype) == [.int64, .fp32])
        }
    }

    @Test func `the rows of one request are told apart by their index`() async throws {
        try await withStore { store in
            let request = RowBatch(.features, id: "r", rows: 3, time: at(0))
                .with("x", .int32, .integer([10, 20, 30]))
            let truth = RowBatch(.labels, id: "r", rows: 3).with("y", .real64, .real([1, 2, 3.5]))
            try await store.append(truth)
            try await store.append(request)
            let rows = try await store.rows()
            #expect(rows.map(\.index) == [0, 1, 2])
            #expect(rows.map(\.features.first?.value.integer) == [10, 20, 30])
            #expect(rows.map(\.label) == [.integer(1), .integer(2), .real(3.5)])
        }
    }

    @Test func `a store that was closed in the middle joins as one that was not`() async throws {
        let whole = try await withStore { store in
            for part in JoinTests.parts { try await store.append(part) }
            return try await store.digest()
        }
        let resumed = try await withState { folder in
            for part in JoinTests.parts {
                let store = try CaptureStore(state: folder, model: "m", now: at(0))
                try await store.append(part)
                try store.close()
            }
            let store = try CaptureStore(state: folder, model: "m", now: at(0))
            #expect(store.figures.counters.nonzero == ["stored": 3, "matched": 2])
            return try await store.digest()
        }
        #expect(whole == resumed)
    }

    @Test func `labels that meet their rows are handed on once`() async throws {
        try await withStore { store in
            #expect(try await store.append(inputs(["a"]), answers(["a"], 0.25)).isEmpty)
            let met = try await store.append(labels(["a"], 0, time: at(1)))
            #expect(met.map(\.score) == [0.25])
            #expect(met.map(\.label) == [.integer(0)])
            #expect(met.map(\.labelTime) == [at(1)])
            #expect(try await store.append(labels(["a"], 1)).isEmpty)
        }
    }

    @Test func `a part that comes again is counted, and the first stays`() async throws {
        try await withStore { store in
            try await store.append(inputs(["a"]), answers(["a"], 0.25))
            let before = try await store.digest()
            try await store.append(inputs(["a"]), answers(["a"], 0.5))
            #expect(try await store.digest() == before)
            #expect(
                store.figures.counters.nonzero == ["stored": 1, "repeated_part": 1, "conflicting_part": 1])
        }
    }

    @Test(arguments: [true, false])
    func `of labels the last stays, and others are counted`(inOneTransaction: Bool) async throws {
        try await withStore { store in
            let sent = [answers(["a"]), labels(["a"], 1), labels(["a"], 1), labels(["a"], 0)]
            if inOneTransaction {
                _ = try await store.append(
                    CaptureHandOver(sent.map { CapturePart($0, arrival: at(0)) }), now: at(0))
            } else {
                for batch in sent { try await store.append(batch) }
            }
            #expect(try await store.rows().map(\.label) == [.integer(0)])
            #expect(
                store.figures.counters.nonzero
                    == ["stored": 1, "matched": 1, "repeated_label": 1, "replaced_label": 1])
        }
    }

    @Test func `rows without an id are counted, and nothing else`() async throws {
        try await withStore { store in
            try await store.append(
                RowBatch(.features, id: nil, rows: 3).with("x", .fp64, .real([1, 2, 3])), inputs(["", "b"]))
            #expect(store.figures.counters.nonzero == ["stored": 1, "without_id": 4])
        }
    }

    @Test func `ids are bytes: of any length, with a NUL, or not UTF-8`() async throws {
        var ids = TextColumn()
        for id in [[0x61, 0, 0x62], [0x61, 0, 0x63], [0xFF, 0xFE], [0xFF, 0xFD]] as [[UInt8]] {
            ids.append(id.span)
        }
        ids.append(String(repeating: "x", count: 100_000))
        ids.append("e\u{301}")
        ids.append("\u{E9}")
        var batch = RowBatch(.predictions, ids: [], time: at(0))
        (batch.ids, batch.count) = (ids, ids.count)
        batch = batch.with("score", .fp64, .real((0..<ids.count).map(Double.init)))
        var truth = batch
        truth.parts = .labels
        truth.columns = []
        truth = truth.with("y", .fp64, .real((0..<ids.count).map(Double.init)))
        try await withStore { [batch, truth] store in
            try await store.append(batch)
            try await store.append(truth)
            #expect(store.figures.counters.nonzero == ["stored": 7, "matched": 7])
            let rows = try await store.rows()
            #expect(rows.allSatisfy { $0.score == $0.label?.number })
        }
    }
}

extension Datatype {
    fileprivate static let real64 = Datatype.fp64
}
