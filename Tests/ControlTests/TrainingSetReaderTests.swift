import Drift
import Foundation
import Retraining
import Testing

@testable import Control

/// With a shell script in the place of `leeway dataset inspect`.
@Suite struct TrainingSetReaderTests {
    private let folder = NSTemporaryDirectory() + "leeway-reader-" + UUID().uuidString

    private func read(_ script: String, for time: Duration = .seconds(20)) async throws
        -> TrainingSetReader.Outcome
    {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let program = folder + "/program"
        try install("#!/bin/sh\n\(script)\n", as: program)
        let reader = TrainingSetReader(
            folder: folder + "/inspection", limits: InspectionLimits(time: time, memory: 1 << 30),
            program: program)
        let offer = TrainingSetOffer(
            sha256: String(repeating: "0", count: 64), size: 1,
            schema: ModelSchema(features: [Feature(name: "a", kind: .numeric)]), timeColumn: "-t")
        return try await reader.read("/blobs/ab", offer)
    }

    /// By another process: were the file open here for writing, a child that another test starts just then would have it
    /// open too, and it could not be run.
    private func install(_ script: String, as program: String) throws {
        try Data(script.utf8).write(to: URL(fileURLWithPath: program + ".text"))
        let installing = try Process.run(
            URL(fileURLWithPath: "/usr/bin/install"), arguments: ["-m", "755", program + ".text", program])
        installing.waitUntilExit()
    }

    @Test func `what it prints and writes is what is in the file`() async throws {
        let outcome = try await read(
            """
            [ "$1 $2 $3" = "dataset inspect /blobs/ab" ] || exit 9
            for word in "$@"; do [ "$word" = "--time-column=-t" ] && found=1; done
            [ -n "$found" ] || exit 9
            grep -q '"features"' \(folder)/inspection/schema.json || exit 9
            printf reference > \(folder)/inspection/reference.json
            echo '{"rows": 3, "labelled": 2, "label_column": "l", "reference": "r"}'
            """)
        let facts = TrainingSetFacts(rows: 3, labelled: 2, labelColumn: "l", reference: "r")
        let path = folder + "/inspection/reference.json"
        #expect(outcome == .read(facts, reference: path))
        #expect(FileManager.default.contents(atPath: path) == Data("reference".utf8))
    }

    @Test func `what it complains of makes the file unusable, wherever that lies`() async throws {
        let outcome = try await read("echo \"/blobs/ab:1: there is no column 'a'\" >&2; exit 1")
        #expect(outcome == .unusable("the file:1: there is no column 'a'"))
    }

    @Test func `a file that takes it down is unusable`() async throws {
        guard case .unusable(let reason) = try await read("kill -KILL $$") else {
            Issue.record("it was read")
            return
        }
        #expect(reason.contains("signal 9") && reason.contains("inspection_memory"))
    }

    @Test func `a file that takes for ever is unusable`() async throws {
        let outcome = try await read("exec sleep 3600", for: .milliseconds(300))
        guard case .unusable(let reason) = outcome else {
            Issue.record("it was read")
            return
        }
        #expect(reason.contains("inspection_time"))
    }

    @Test func `any other end says nothing about the file`() async throws {
        await #expect(throws: InspectionFailure.self) { try await read("echo broken >&2; exit 2") }
    }
}
