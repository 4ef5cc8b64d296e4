import Foundation
import GRDB
import Testing
import Training

@Suite struct SQLiteRowsTests {
    /// The same rows as `leeway capture export` writes them in either format.
    private func export(_ bench: Workbench, rows: Int) throws -> (csv: String, sqlite: String) {
        let header =
            [
                "id", "row", "time", "model_version", "arm", "segment", "amount", "country", "new",
                "feature.row",
            ]
            + ["score", "class", "label", "label_time"]
        var csv = header.joined(separator: ",") + "\n"
        let database = try DatabaseQueue(path: bench.path("rows.sqlite"))
        try database.write { database in
            try database.execute(
                sql: "CREATE TABLE rows (\(header.map(\.quotedDatabaseIdentifier).joined(separator: ", ")))")
            try database.execute(
                sql: "CREATE TABLE columns (name TEXT, feature TEXT, part TEXT, datatypes TEXT)")
            try database.execute(sql: "INSERT INTO columns VALUES ('new', 'new', 'features', 'BOOL')")
            for row in 0..<rows {
                let (amount, country) = (Float((row * 37) % 100) + 0.1, ["NL", "BE"][row % 2])
                let label = amount > 50 ? 1 : 0
                let time = "2025-01-01T00:00:\(row % 60)Z"
                csv += "r\(row),0,\(time),,,,\(amount),\(country),\(row % 3 == 0),\(row % 5),0.5,,\(label),\n"
                try database.execute(
                    sql:
                        "INSERT INTO rows VALUES (?, 0, ?, NULL, NULL, NULL, ?, ?, ?, ?, 0.5, NULL, ?, NULL)",
                    arguments: [
                        "r\(row)", time, Double(amount), country, row % 3 == 0 ? 1 : 0, row % 5, label,
                    ])
            }
        }
        try database.close()
        return (try bench.write(csv, to: "export.csv"), bench.path("rows.sqlite"))
    }

    private static let schema = """
        {"version":1,"task":"binary","features":[{"name":"amount","kind":"numeric"},
        {"name":"country","kind":"categorical"},{"name":"new","kind":"categorical"},{"name":"row","kind":"numeric"}],
        "prediction":{"tensor":"score","kind":"score"},"label":{"tensor":"late","kind":"class"}}
        """

    @Test func `an export makes the same model and scores as CSV and as SQLite`() throws {
        let bench = try Workbench()
        let files = try export(bench, rows: 300)
        var job = try bench.job("", schema: SQLiteRowsTests.schema)
        job.dataset = files.csv
        let fromCSV = try job.run()
        (job.dataset, job.output) = (files.sqlite, bench.path("again"))
        #expect(try job.run().digest == fromCSV.digest)
        let model = try ModelFolder(job.output).load()
        #expect(model.encoder.features.map(\.categories) == [nil, ["BE", "NL"], ["false", "true"], nil])
        let scorer = RowScorer(model, threads: 1)
        #expect(try scorer.score(files.csv, to: bench.path("csv.csv")).rows == 300)
        #expect(try scorer.score(files.sqlite, to: bench.path("sqlite.csv")).rows == 300)
        #expect(try bench.text("csv.csv") == bench.text("sqlite.csv"))
    }

    @Test func `a database of something else is refused`() throws {
        let bench = try Workbench()
        let database = try DatabaseQueue(path: bench.path("other.sqlite"))
        try database.write { try $0.execute(sql: "CREATE TABLE notes (text)") }
        try database.close()
        var job = try bench.job("")
        job.dataset = bench.path("other.sqlite")
        let error = try #require(throws: (any Error).self) { try job.run() }
        #expect("\(error)".contains("has no table 'rows'"))
    }
}
