import Foundation
import Testing
import Training

@Suite struct ScoringTests {
    /// Trains, scores rows, and returns the lines of the scores.
    private func scores(
        _ bench: Workbench, _ job: TrainingJob, rows: String, threads: Int = 1
    ) throws -> [[String]] {
        try job.run()
        let scorer = RowScorer(try ModelFolder(job.output).load(), threads: threads)
        let count = try scorer.score(try bench.write(rows, to: "new.csv"), to: bench.path("scores.csv")).rows
        let lines = try bench.lines("scores.csv")
        #expect(lines.count == count + 1)
        return lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }

    @Test func `a row gets its id, the positive class's probability, and a class`() throws {
        let bench = try Workbench()
        let lines = try scores(
            bench, bench.job(Workbench.table(400)), rows: "id,amount,country,new\na,90,NL,1\nb,10,BE,0\n")
        #expect(lines[0] == ["id", "score", "class"])
        #expect(lines.map { $0[0] } == ["id", "a", "b"])
        #expect(try #require(Double(lines[1][1])) > 0.6)
        #expect(try #require(Double(lines[2][1])) < 0.4)
        #expect(lines.map { $0[2] } == ["class", "1", "0"])
    }

    @Test func `the schema's threshold decides`() throws {
        let bench = try Workbench()
        let schema = Workbench.binarySchema.replacing(
            #""positive":"1""#, with: #""positive":"1","threshold":0.999"#)
        let lines = try scores(
            bench, bench.job(Workbench.table(400), schema: schema), rows: "id,amount,country,new\na,90,NL,1\n"
        )
        #expect(lines[1][2] == "0")
    }

    @Test func `the likeliest of several classes is named, with its probability`() throws {
        let bench = try Workbench()
        let schema = Workbench.schema(task: "multiclass", prediction: #"{"tensor":"class","kind":"class"}"#)
        let labels = ["low", "mid", "\"high, é\""]
        let table = Workbench.table(400) { high, country in labels[high ? 2 : country % 2] }
        let rows = "id,amount,country,new\na,90,NL,1\nb,10,NL,1\nc,10,é,1\n"
        try bench.job(table, schema: schema).run()
        let scorer = RowScorer(try ModelFolder(bench.path("model")).load(), threads: 2)
        _ = try scorer.score(try bench.write(rows, to: "new.csv"), to: bench.path("scores.csv"))
        let lines = try bench.lines("scores.csv")
        #expect(lines[1].hasSuffix(#","high, é""#))
        #expect(lines[2].hasSuffix(",low"))
        #expect(lines[3].hasSuffix(",mid"))
        let likeliest = try #require(Double(lines[1].split(separator: ",")[1]))
        #expect(likeliest > 0.5 && likeliest < 1)
    }

    @Test func `a regression answers with a quantity and no class`() throws {
        let bench = try Workbench()
        let schema = Workbench.schema(task: "regression", prediction: #"{"tensor":"value","kind":"value"}"#)
        let table = Workbench.table(400) { high, _ in high ? "12.5" : "-3" }
        var job = try bench.job(table, schema: schema)
        job.rounds = 40
        let lines = try scores(bench, job, rows: "amount,country,new\n90,NL,1\n10,NL,1\n")
        #expect(lines[0] == ["id", "score"])
        #expect(lines.map { $0[0] } == ["id", "1", "2"])
        #expect(try #require(Double(lines[1][1])) > 8)
        #expect(try #require(Double(lines[2][1])) < 2)
    }

    @Test func `a category that training has not met is scored as one that is missing`() throws {
        let bench = try Workbench()
        let lines = try scores(
            bench, bench.job(Workbench.table(400)), rows: "id,amount,country,new\na,90,XX,1\nb,90,,1\n")
        #expect(lines[1][1] == lines[2][1])
    }

    @Test func `codes are the places of the sorted categories, however numbers and truth values are written`()
        throws
    {
        let bench = try Workbench()
        let schema = """
            {"version":1,"task":"binary","features":[{"name":"c","kind":"categorical"},{"name":"x","kind":"numeric"}],
            "prediction":{"tensor":"score","kind":"score"},"label":{"tensor":"label","kind":"class"}}
            """
        let cells = ["10", "9.0", "true", "True", "é", "z", "9", "-1.0"]
        let table = "c,x,label\n" + cells.enumerated().map { "\($1),\($0),\($0 % 2)\n" }.joined()
        try bench.job(table, schema: schema).run()
        let encoder = try ModelFolder(bench.path("model")).load().encoder
        #expect(encoder.features[0].categories == ["-1", "10", "9", "true", "z", "é"])
        #expect(encoder.features[1].categories == nil)
    }

    @Test func `blocks, threads and gzip do not change a score`() throws {
        let bench = try Workbench()
        let rows = Workbench.table(40_000)
        let job = try bench.job(Workbench.table(400))
        let one = try scores(bench, job, rows: rows)
        var again = job
        again.output = bench.path("again")
        let two = try scores(bench, again, rows: rows, threads: 2)
        #expect(one.count == 40_001)
        #expect(one == two)
        // The table repeats itself after 100 · 3 · 2 rows.
        #expect(one[1][1] == one[39_601][1])
    }

    @Test func `rows of another model are refused, and leave no file`() throws {
        let bench = try Workbench()
        try bench.job(Workbench.table(100)).run()
        let scorer = RowScorer(try ModelFolder(bench.path("model")).load(), threads: 1)
        let rows = try bench.write("id,amount,humidity\na,1,2\n", to: "new.csv")
        let error = #expect(throws: DataProblem.self) { try scorer.score(rows, to: bench.path("scores.csv")) }
        #expect(error?.description.contains("features 'country', 'new'") ?? false)
        let bad = try bench.write("id,amount,country,new\na,1,NL,1\nb,warm,NL,1\n", to: "bad.csv")
        #expect(throws: DataProblem.self) { try scorer.score(bad, to: bench.path("scores.csv")) }
        #expect(!FileManager.default.fileExists(atPath: bench.path("scores.csv")))
    }
}
