import Foundation
import Training

/// A folder of files for one test, gone with it.
final class Workbench {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "leeway-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    @discardableResult func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func lines(_ name: String) throws -> [String] {
        try text(name).split(separator: "\n").map(String.init)
    }

    /// A job on files of this folder, small enough for a test.
    func job(_ dataset: String, schema: String = Workbench.binarySchema, output: String = "model") throws
        -> TrainingJob
    {
        var job = TrainingJob(
            dataset: try write(dataset, to: "rows.csv"), schema: try write(schema, to: "schema.json"),
            output: path(output))
        (job.rounds, job.seed, job.trainer) = (8, 3, "test")
        return job
    }

    static let binarySchema = schema(
        task: "binary", prediction: #"{"tensor":"score","kind":"score","positive":"1"}"#)

    static func schema(task: String, prediction: String) -> String {
        """
        {"version":1,"task":"\(task)","features":[{"name":"amount","kind":"numeric"},
        {"name":"country","kind":"categorical"},{"name":"new","kind":"boolean"}],
        "prediction":\(prediction),"label":{"tensor":"label","kind":"class"}}
        """
    }

    /// Rows of a table whose label follows from what they hold, but for an eighth of them.
    ///
    /// - Parameter label: by `amount` ≥ 50 and the country's place, 0 to 2.
    static func table(_ rows: Int, label: (Bool, Int) -> String = { high, _ in high ? "1" : "0" }) -> String {
        var text = "id,time,amount,country,new,label\n"
        for row in 0..<rows {
            let amount = (row * 37) % 100
            let country = (row * 7) % 3
            let high = (amount >= 50) != (row % 8 == 5)
            let name = ["NL", "é", "BE"][country]
            text +=
                "r\(row),\(1_700_000_000 + 60 * row),\(amount),\(name),\(row % 2 == 0),\(label(high, country))\n"
        }
        return text
    }
}

extension TrainingJob {
    /// Runs, and says what happened.
    func events() throws -> [TrainingEvent] {
        var events: [TrainingEvent] = []
        _ = try run { events.append($0) }
        return events
    }

    @discardableResult func run() throws -> Manifest { try run { _ in } }
}

/// What a job says it cannot use; an empty text when it runs.
func problem(_ job: TrainingJob) throws -> String {
    do {
        try job.run()
        return ""
    } catch let problem as DataProblem {
        return problem.description
    }
}
