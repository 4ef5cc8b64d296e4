import Foundation
import Testing
import Training

@Suite struct ModelFolderTests {
    private func trained() throws -> Workbench {
        let bench = try Workbench()
        try bench.job(Workbench.table(100)).run()
        return bench
    }

    private func problem(_ bench: Workbench) throws -> String {
        do {
            _ = try ModelFolder(bench.path("model")).load()
            return ""
        } catch let problem as DataProblem {
            return problem.description
        }
    }

    /// Writes a file and records its digest, as if it had come with the model.
    private func replace(_ name: String, _ text: String, _ bench: Workbench) throws {
        let old = try #require(Payload.File(rawValue: name))
        let digest = { (bytes: [UInt8]) in
            Payload(model: bytes, encoder: [], schema: [], threshold: []).digest(of: .model)
        }
        let before = digest(Array(try bench.text("model/\(old.rawValue)").utf8))
        try bench.write(text, to: "model/\(name)")
        let manifest = try bench.text("model/manifest.json").replacing(before, with: digest(Array(text.utf8)))
        try bench.write(manifest, to: "model/manifest.json")
    }

    @Test(arguments: Payload.File.allCases)
    func `a file that was changed afterwards is found out`(file: Payload.File) throws {
        let bench = try trained()
        let path = URL(fileURLWithPath: bench.path("model/\(file.rawValue)"))
        var bytes = try Data(contentsOf: path)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: path)
        #expect(try problem(bench).contains("\(file.rawValue): is not the file the manifest records"))
    }

    @Test func `a folder without a file says which`() throws {
        let bench = try trained()
        try FileManager.default.removeItem(atPath: bench.path("model/encoder.json"))
        #expect(try problem(bench).contains("encoder.json: there is no such file"))
    }

    @Test func `files of two models are refused together`() throws {
        let bench = try trained()
        let encoder = try bench.text("model/encoder.json").replacing(#""amount""#, with: #""sum""#)
        try replace("encoder.json", encoder, bench)
        #expect(try problem(bench).contains("of two models"))
        let schema = try bench.text("model/schema.json").replacing(#""amount""#, with: #""sum""#)
        try replace("schema.json", schema, bench)
        #expect(try problem(bench).contains("model.ubj and encoder.json have different features"))
    }

    @Test func `a threshold of another task is refused`() throws {
        let bench = try trained()
        try replace(
            "threshold.json", #"{"version":1,"task":"multiclass","classes":["a","b","c"]}"#, bench)
        #expect(try problem(bench).contains("model.ubj answers with 1 numbers, threshold.json has 3"))
    }

    @Test func `MLflow finds its files, without a character that YAML would change`() throws {
        let bench = try Workbench()
        let schema = Workbench.binarySchema.replacing(#""amount""#, with: ##""é\u2028\\ \"a\"""##)
        let table = Workbench.table(100).replacing(",amount,", with: #","é\#u{2028}\ ""a""","#)
        let manifest = try bench.job(table, schema: schema).run()
        let model = try bench.text("model/MLmodel")
        #expect(model.contains("leeway_digest: \"\(manifest.digest)\"\n"))
        #expect(model.contains(##"\"name\":\"\U000000e9\U00002028\\\\ \\\"a\\\"\""##))
        #expect(model.unicodeScalars.allSatisfy { $0 == "\n" || (" "..."~").contains($0) })
        #expect(try bench.text("model/code/leeway_model.py").contains("def _load_pyfunc(path):"))
        for name in ["requirements.txt", "python_env.yaml", "conda.yaml"] {
            #expect(try !bench.text("model/\(name)").isEmpty)
        }
    }
}
