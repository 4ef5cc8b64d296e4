import Drift
import Testing
import Training

@Suite struct DatasetUnionTests {
    private static let noon = Timestamp(rfc3339: "2025-01-01T12:00:00Z")!

    private func unite(_ bench: Workbench, _ files: [String]) throws -> DatasetUnion.Summary {
        let schema = try TrainingSchema(json: Array(Workbench.binarySchema.utf8), path: "schema")
        return try DatasetUnion(files, schema, from: DatasetUnionTests.noon).write(to: bench.folder)
    }

    private static let header = "id,row,time,model_version,arm,segment,amount"

    @Test func `rows of several agents are one table, each once, from a moment on`() throws {
        let bench = try Workbench()
        let one = try bench.write(
            Self.header + """
                ,score,label,label_time
                a,0,2025-01-01T11:59:59Z,3,,,1,0.5,1,2025-01-02T00:00:00Z
                b,0,2025-01-01T12:00:00Z,3,,,2,0.5,0,2025-01-02T00:00:00Z
                b,1,2025-01-01T12:00:00Z,3,,,3,0.5,,
                c,0,2025-01-01T13:00:00Z,3,,,4,0.5,1,2025-01-02T00:00:00Z

                """, to: "one.csv")
        let two = try bench.write(
            Self.header + """
                ,country,label,label_time
                c,0,2025-01-01T13:00:00Z,3,,,4,NL,1,2025-01-02T00:00:00Z
                c,1,2025-01-01T13:00:00Z,3,,,5,"a ""b"", c",0,2025-01-02T00:00:00Z

                """, to: "two.csv")
        let summary = try unite(bench, [one, two])
        #expect(summary == .init(rows: 3, unlabelled: 1, early: 1, repeated: 1))
        #expect(
            try bench.lines("rows.csv") == [
                Self.header + ",score,label,label_time,country",
                "b,0,2025-01-01T12:00:00Z,3,,,2,0.5,0,2025-01-02T00:00:00Z,",
                "c,0,2025-01-01T13:00:00Z,3,,,4,0.5,1,2025-01-02T00:00:00Z,",
                #"c,1,2025-01-01T13:00:00Z,3,,,5,,0,2025-01-02T00:00:00Z,"a ""b"", c""#,
            ])
        #expect(
            try bench.lines("questions.csv") == [
                Self.header + ",score,country", "b,0,2025-01-01T12:00:00Z,3,,,2,0.5,",
                "c,0,2025-01-01T13:00:00Z,3,,,4,0.5,", #"c,1,2025-01-01T13:00:00Z,3,,,5,,"a ""b"", c""#,
            ])
    }

    @Test func `without a label's or a time's column, or with a time that is none, nothing is united`() throws
    {
        let bench = try Workbench()
        for (text, words) in [
            ("id,time,amount\na,2025-01-02T00:00:00Z,1\n", "label"),
            ("id,amount,label\na,1,1\n", "'time'"),
            ("id,time,amount,label\na,2025-01-02T00:00:00Z,1,1\nb,soon,1,1\n", "row 2: 'soon'"),
        ] {
            let path = try bench.write(text, to: "odd.csv")
            let error = #expect(throws: DataProblem.self) { try unite(bench, [path]) }
            #expect("\(error!)".contains(words), "\(error!)")
        }
        let early = try bench.write("id,time,amount,label\na,2024-01-02T00:00:00Z,1,1\n", to: "early.csv")
        #expect(try unite(bench, [early]) == .init(early: 1))
    }
}
