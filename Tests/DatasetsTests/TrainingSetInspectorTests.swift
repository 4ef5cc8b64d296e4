import Datasets
import Drift
import Foundation
import GRDB
import Retraining
import Testing

@Suite struct TrainingSetInspectorTests {
    private static let schema = ModelSchema(
        task: .binary,
        features: [Feature(name: "amount", kind: .numeric), Feature(name: "country", kind: .categorical)],
        prediction: .init(tensor: "score", kind: .score), label: .init(tensor: "late", kind: "class"))

    private static let rows = """
        time,amount,country,score,late
        2026-01-01T10:00:00Z,1.5,NL,0.1,0
        2026-01-03T00:00:00Z,,BE,0.2,
        2026-01-02T00:00:00Z,7,NL,0.3,1
        """

    private func write(_ text: String) throws -> String {
        let path = NSTemporaryDirectory() + "leeway-dataset-" + UUID().uuidString
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func inspect(_ text: String, timeColumn: String? = nil) throws -> (
        facts: TrainingSetFacts, reference: Reference
    ) {
        try TrainingSetInspector(path: write(text), schema: Self.schema, timeColumn: timeColumn).inspect()
    }

    /// What is said of a file, without where it lies.
    private func complaint(_ path: String, timeColumn: String? = nil) -> String {
        do {
            _ = try TrainingSetInspector(path: path, schema: Self.schema, timeColumn: timeColumn).inspect()
            return "nothing"
        } catch {
            return "\(error)".replacing(path, with: "F")
        }
    }

    @Test func `rows, labels and the window are those of the file`() throws {
        let facts = try inspect(Self.rows).facts
        #expect((facts.rows, facts.labelled) == (3, 2))
        #expect((facts.labelColumn, facts.timeColumn) == ("late", "time"))
        #expect(facts.first == Timestamp(rfc3339: "2026-01-01T10:00:00Z"))
        #expect(facts.last == Timestamp(rfc3339: "2026-01-03T00:00:00Z"))
        #expect(facts.labelCutoff == nil)
    }

    @Test func `the reference is of the features alone, in blocks of a day`() throws {
        let (facts, reference) = try inspect(Self.rows)
        #expect(reference.features.map(\.feature.name) == ["amount", "country"])
        #expect(reference.profile.rows == 3)
        #expect(reference.blocks?.length == .nanoseconds(86_400_000_000_000))
        #expect(facts.reference == reference.id)
    }

    @Test func `without times there is no window`() throws {
        let (facts, reference) = try inspect("amount,country,label\n1,NL,0\n2,BE,1\n")
        #expect((facts.timeColumn, facts.first, facts.last) == (nil, nil, nil))
        #expect(facts.labelColumn == "label")
        #expect(reference.blocks == nil)
    }

    /// A column of an export that a feature is called after stands for the feature by another name.
    @Test func `an export says when labels came, and which columns are features`() throws {
        var schema = Self.schema
        schema.features = [Feature(name: "row", kind: .numeric)]
        let path = try write(
            """
            id,row,time,model_version,arm,segment,feature.row,score,class,label,label_time
            a,0,2026-01-01T00:00:00Z,,,,40,0.5,,1,2026-02-01T00:00:00Z
            b,0,2026-01-01T01:00:00Z,,,,50,0.5,,NA,
            """)
        let (facts, reference) = try TrainingSetInspector(path: path, schema: schema).inspect()
        #expect((facts.rows, facts.labelled) == (2, 1))
        #expect(facts.labelCutoff == Timestamp(rfc3339: "2026-02-01T00:00:00Z"))
        #expect(reference.profile.features[0].minimum == 40)
    }

    @Test(arguments: [
        ("", "F: is empty; its first line should name the columns"),
        ("amount,country,late\n", "F: has a header and no rows"),
        ("amount,late\n1,0\n", "F:1: there is no column 'country'; the columns are amount, late"),
        ("amount,country\n1,NL\n", "F:1: there is no column 'late'; the columns are amount, country"),
        (
            "amount,country,late\n1,NL,0\ncheap,NL,0\n",
            "F: row 2: 'cheap' is no number, and the schema says that feature 'amount' is numeric"
        ),
        (
            "time,amount,country,late\nsoon,1,NL,0\n",
            "F: row 1: 'soon' in time column 'time' is neither RFC 3339 nor a Unix time"
        ),
        (
            "amount,country,late\n,NL,0\n",
            "F: feature 'amount' has no value in any row; remove it from the schema or check the column's name"
        ),
        ("amount,country,late\n1,\"NL,0\n", "F:2: a quote is opened and never closed"),
    ])
    func `what is wrong is said, and where`(text: String, expected: String) throws {
        #expect(complaint(try write(text)) == expected)
    }

    @Test func `a time column that was asked for is there`() throws {
        let path = try write("amount,country,late\n1,NL,0\n")
        #expect(
            complaint(path, timeColumn: "at")
                == "F:1: there is no column 'at'; the columns are amount, country, late")
    }

    @Test func `a feature called time is no time`() throws {
        var schema = Self.schema
        schema.features = [Feature(name: "time", kind: .categorical)]
        let path = try write("time,late\nmorning,0\nnoon,1\n")
        #expect(try TrainingSetInspector(path: path, schema: schema).inspect().facts.timeColumn == nil)
    }

    // MARK: Databases

    private func database(_ sql: String) throws -> String {
        let path = NSTemporaryDirectory() + "leeway-dataset-" + UUID().uuidString
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
        return path
    }

    private static let table = """
        CREATE TABLE rows (time, amount, country, score, late);
        INSERT INTO rows VALUES ('2026-01-01T10:00:00Z', 1.5, 'NL', 0.1, 0),
            ('2026-01-03T00:00:00Z', NULL, 'BE', 0.2, NULL), ('2026-01-02T00:00:00Z', 7, 'NL', 0.3, 1);
        """

    @Test func `a database says what the same rows in CSV say`() throws {
        let (facts, reference) = try TrainingSetInspector(
            path: database(Self.table), schema: Self.schema
        ).inspect()
        let csv = try inspect(Self.rows)
        #expect(facts == csv.facts)
        #expect(reference == csv.reference)
    }

    @Test(arguments: [
        ("CREATE TABLE notes (text)", "F: has no table 'rows': is it a file of 'leeway capture export'?"),
        (
            "CREATE VIEW rows AS SELECT 1 AS amount, 'NL' AS country, 0 AS late",
            "F: its 'rows' is not a table of its own: is it a file of 'leeway capture export'?"
        ),
        (
            "CREATE VIRTUAL TABLE rows USING fts5(amount, country, late)",
            "F: its 'rows' is not a table of its own: is it a file of 'leeway capture export'?"
        ),
        (
            "CREATE TABLE rows (country, late, amount AS (zeroblob(1000000000)))",
            "F: its table 'rows' has a column 'amount' that is not stored as it is: is it a file of "
                + "'leeway capture export'?"
        ),
        (
            "CREATE TABLE rows (amount, country, late, rowid)",
            "F: its table 'rows' has a column 'rowid' that is not stored as it is: is it a file of "
                + "'leeway capture export'?"
        ),
        (
            "CREATE TABLE rows (amount PRIMARY KEY, country, late) WITHOUT ROWID",
            "F: cannot be read to its end: no such column: rowid"
        ),
        (
            "PRAGMA journal_mode = WAL; CREATE TABLE rows (amount, country, late)",
            "F: is a database with a write-ahead log, which is another file; run 'PRAGMA journal_mode = DELETE' on it "
                + "first"
        ),
    ])
    func `a database that could do anything is refused`(sql: String, expected: String) throws {
        #expect(complaint(try database(sql)) == expected)
    }

    @Test func `a trigger is not run`() throws {
        let path = try database(
            Self.table + "CREATE TRIGGER t AFTER INSERT ON rows BEGIN SELECT load_extension('x'); END;")
        #expect(complaint(path) == "nothing")
    }

    @Test func `a damaged database is refused`() throws {
        let path = try database(Self.table)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(repeating: 0xAB, count: 4096))
        try file.close()
        #expect(complaint(path).hasPrefix("F: cannot be read to its end: "))
    }
}
