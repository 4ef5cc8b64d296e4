import Drift
import Testing

@testable import Capture

struct LabelTypeTests {
    private static func schema(_ task: ModelSchema.Task, positive: String? = nil) -> ModelSchema {
        ModelSchema(
            task: task, features: [], prediction: .init(tensor: "score", kind: .score, positive: positive),
            label: .init(tensor: "label", kind: "class"))
    }

    @Test(
        arguments: [
            (.regression, .text(texts(["late"])), 1), (.regression, .real([2.5]), 0),
            (.regression, .real([.nan]), 1), (.binary, .real([0.7]), 1), (.binary, .real([1]), 0),
            (.binary, .integer([1]), 0), (.multiclass, .text(texts(["late"])), 0),
            (.binary, .real([.infinity]), 1), (.binary, .integer([2]), 1), (.binary, .text(texts(["1"])), 0),
            (.binary, .text(texts(["True"])), 0), (.binary, .text(texts(["yes"])), 1),
            (.regression, .text(texts(["2.5"])), 0), (.regression, .text(texts(["inf"])), 1),
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

    @Test func `one label of another kind keeps no later one out`() async throws {
        try await withStore(schema: LabelTypeTests.schema(.binary)) { store in
            try await store.append(answers(["a", "b"]), named(["a"], "late"))
            #expect(store.figures.lastRefusedLabel == "late")
            try await store.append(labels(["b"], 1), named(["a"], "false"))
            #expect(store.figures.counters.nonzero == ["stored": 2, "matched": 2, "label_type": 1])
            #expect(try await store.rows().map(\.label) == [.integer(0), .integer(1)])
        }
    }

    @Test func `where the positive class has a name, labels are names`() async throws {
        try await withStore(schema: LabelTypeTests.schema(.binary, positive: "fraud")) { store in
            try await store.append(answers(["a", "b"]), named(["a"], "fraud"), named(["b"], "honest"))
            #expect(store.figures.counters[.matched] == 2)
        }
    }

    @Test func `without a schema any label is taken, and a number's text is that number`() async throws {
        try await withStore { store in
            try await store.append(answers(["a", "b"]), labels(["a"], 1), named(["b"], "late"))
            try await store.append(named(["a"], "1"))
            #expect(store.figures.counters.nonzero == ["stored": 2, "matched": 2, "repeated_label": 1])
        }
    }

    @Test func `an empty text is no label`() async throws {
        try await withStore(schema: LabelTypeTests.schema(.multiclass)) { store in
            try await store.append(answers(["a"]), named(["a"], ""))
            #expect(store.figures.counters.nonzero == ["stored": 1, "empty_label": 1])
        }
    }

    private func named(_ ids: [String], _ label: String) -> RowBatch {
        RowBatch(.labels, ids: ids).with("label", .bytes, .text(texts(ids.map { _ in label })))
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
        #expect(Truth.integer(1) == .category("1"))
        #expect(Truth.real(2.5) == .category("2.5"))
        #expect(Truth.integer(1) != .category("one"))
        let flags = Drift.Column(name: "y", part: .labels, datatype: .bool, values: .integer([0, 1]))
        #expect(Truth(flags, row: 1) == .integer(1))
    }
}
