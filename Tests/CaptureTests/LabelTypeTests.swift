import Drift
import Testing

@testable import Capture

struct LabelTypeTests {
    private static func schema(_ task: ModelSchema.Task) -> ModelSchema {
        ModelSchema(task: task, features: [], label: .init(tensor: "label", kind: "class"))
    }

    @Test(
        arguments: [
            (.regression, .text(texts(["late"])), 1), (.regression, .real([2.5]), 0),
            (.regression, .real([.nan]), 1), (.binary, .real([0.7]), 1), (.binary, .real([1]), 0),
            (.binary, .integer([1]), 0), (.multiclass, .text(texts(["late"])), 0),
            (.binary, .real([.infinity]), 1),
        ] as [(ModelSchema.Task, ColumnValues, UInt64)])
    func `a label of another type than the task's is counted, and not taken`(
        task: ModelSchema.Task, values: ColumnValues, rejected: UInt64
    ) async throws {
        try await withStore(schema: LabelTypeTests.schema(task)) { store in
            let datatype: Datatype = if case .text = values { .bytes } else { .fp64 }
            try await store.append(
                answers(["a"]), RowBatch(.labels, ids: ["a"]).with("label", datatype, values))
            #expect(store.figures.counters[.labelType] == rejected)
            #expect(store.figures.counters[.matched] == 1 - rejected)
        }
    }

    @Test func `without a schema, the first label says of which type they are`() async throws {
        try await withStore { store in
            try await store.append(answers(["a", "b"]), labels(["a"], 1))
            try await store.append(RowBatch(.labels, ids: ["b"]).with("label", .bytes, .text(texts(["1"]))))
            #expect(store.figures.counters[.labelType] == 1)
            #expect(try await store.rows().map(\.label) == [.integer(1), nil])
        }
    }

    @Test func `a row without a label among others with one is counted`() async throws {
        try await withStore { store in
            let truth = RowBatch(.labels, ids: ["a", "b"]).with(
                "y", .int64, .integer([1, 0]), missing: [false, true])
            try await store.append(answers(["a", "b"]), truth)
            #expect(store.figures.counters.nonzero == ["stored": 2, "matched": 1, "empty_label": 1])
        }
    }

    @Test func `numbers are the same truth in whatever datatype`() {
        #expect(Truth.integer(1) == .real(1))
        #expect(Truth.integer(1) != .category("1"))
        let flags = Drift.Column(name: "y", part: .labels, datatype: .bool, values: .integer([0, 1]))
        #expect(Truth(flags, row: 1) == .integer(1))
    }
}
