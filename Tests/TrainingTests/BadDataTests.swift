import Testing
import Training

/// What is given, and what has to be said of it.
private struct BadData: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var table = Workbench.table(40)
    var schema = Workbench.binarySchema
    var parameters = "{}"
    let says: [String]
}

private let header = "id,time,amount,country,new,label\n"

@Suite struct BadDataTests {
    private static let cases = [
        BadData(testDescription: "no rows", table: header, says: ["rows.csv", "has no rows"]),
        BadData(
            testDescription: "no labels", table: header + "a,1,1,NL,1,\nb,2,2,NL,0,NaN\n",
            says: ["none of its 2 rows has a label"]),
        BadData(
            testDescription: "one class", table: header + "a,1,1,NL,1,0\nb,2,2,NL,0,0\n",
            says: ["two classes", "'0'", "positive class is '1'"]),
        BadData(
            testDescription: "three classes", table: header + "a,1,1,NL,1,0\nb,2,2,NL,0,1\nc,3,3,BE,0,2\n",
            says: ["'0', '1', '2'", "multiclass"]),
        BadData(
            testDescription: "one value everywhere", table: header + "a,1,1,NL,1,0\nb,2,1,NL,1,1\n",
            says: ["every feature has one value"]),
        BadData(
            testDescription: "a missing column", table: "id,amount,new,label\na,1,1,0\n",
            says: ["feature 'country'", "another model's"]),
        BadData(
            testDescription: "no label column", table: "id,amount,country,new\na,1,NL,1\n",
            says: ["no column 'label'"]),
        BadData(
            testDescription: "text among numbers", table: Workbench.table(40) + "x,1,warm,NL,1,0\n",
            says: ["row 41", "'amount'", "'warm' is no number"]),
        BadData(
            testDescription: "a number without end", table: Workbench.table(40) + "x,1,1e300,NL,1,0\n",
            says: ["row 41", "'amount'", "1e300"]),
        BadData(
            testDescription: "text as a truth value", table: Workbench.table(40) + "x,1,1,NL,perhaps,0\n",
            says: ["row 41", "'new'", "'perhaps'"]),
        BadData(
            testDescription: "text as a quantity", table: Workbench.table(40) + "x,1,1,NL,1,late\n",
            schema: Workbench.schema(task: "regression", prediction: #"{"tensor":"score","kind":"value"}"#),
            says: ["row 41", "'late'", "regression"]),
        BadData(
            testDescription: "a class that was not declared", table: Workbench.table(40),
            schema: Workbench.schema(
                task: "multiclass", prediction: #"{"tensor":"score","kind":"class","classes":["0","2"]}"#),
            says: ["'1'", "not among the schema's classes"]),
        BadData(
            testDescription: "a schema without a label",
            schema: #"{"version":1,"task":"binary","features":[{"name":"amount","kind":"numeric"}]}"#,
            says: ["schema.json", "names no label"]),
        BadData(
            testDescription: "a schema without a task",
            schema:
                #"{"version":1,"features":[{"name":"amount","kind":"numeric"}],"label":{"tensor":"y","kind":"class"}}"#,
            says: ["schema.json", "says no task"]),
        BadData(testDescription: "no schema at all", schema: "[]", says: ["schema.json", "not a schema"]),
        BadData(
            testDescription: "a parameter that XGBoost has not", parameters: #"{"max_dept":3}"#,
            says: ["parameters.json", "does not use 'max_dept'"]),
        BadData(
            testDescription: "a parameter that is decided elsewhere", parameters: #"{"seed":3}"#,
            says: ["'seed' is decided by --seed"]),
        BadData(
            testDescription: "another task's objective", parameters: #"{"objective":"reg:squarederror"}"#,
            says: ["'objective'", "'binary:logistic'"]),
        BadData(
            testDescription: "parameters that are no object", parameters: "[3]",
            says: ["parameters.json", "not an object"]),
    ]

    @Test(arguments: cases)
    private func `what cannot be used is told of in a sentence`(_ bad: BadData) throws {
        let bench = try Workbench()
        var job = try bench.job(bad.table, schema: bad.schema)
        job.parameters = try bench.write(bad.parameters, to: "parameters.json")
        let found = try problem(job)
        for words in bad.says { #expect(found.contains(words), "\(found)") }
        #expect(!found.contains("\n"))
    }

    @Test func `a holdout's class that training does not know is refused`() throws {
        let bench = try Workbench()
        var job = try bench.job(Workbench.table(40))
        job.holdout = try bench.write("amount,country,new,label\n60,FR,1,7\n", to: "holdout.csv")
        #expect(try problem(job).contains("label '7'"))
    }

    @Test func `rows of one moment cannot be split by time`() throws {
        let bench = try Workbench()
        var job = try bench.job(header + (0..<20).map { "r\($0),5,\($0),NL,1,\($0 % 2)\n" }.joined())
        job.earlyStopping = 2
        #expect(try problem(job).contains("name a --holdout"))
        job.timeColumn = "moment"
        #expect(try problem(job).contains("no column 'moment'"))
    }

    @Test func `a feature that never changes is named and does no harm`() throws {
        let bench = try Workbench()
        let table = header + (0..<60).map { "r\($0),\($0),\($0 % 10),NL,,\($0 % 10 < 5 ? 0 : 1)\n" }.joined()
        let events = try bench.job(table).events()
        #expect(
            events.first
                == TrainingEvent.dataset(
                    Manifest.RowCounts(training: 60, holdout: 0, unlabelled: 0), features: 3,
                    constant: ["country", "new"])
        )
    }
}
