import Drift
import Foundation
import Retraining
import Rollouts
import Testing

@testable import Control

@Suite struct TrainingRecordTests {
    private func recipe(_ window: TrainingRecipe.Window = .full) -> TrainingRecipe {
        TrainingRecipe(
            model: "m", trainer: .xgboost(parameters: ["eta": .number(0.1)], rounds: 9, earlyStopping: 3),
            seed: 7,
            threads: 2, scorer: nil, schema: "s.json", dataset: .captured, window: window,
            labelDelay: RecipeDuration(.seconds(86_400)), holdout: RecipeDuration(.seconds(2 * 86_400)),
            gap: RecipeDuration(.seconds(3 * 86_400)), cluster: .day, sliceBy: ["country"],
            blocks: .rows(count: 5),
            gate: GatePolicy(floors: [.auc: 0.6], success: .init(.auc)))
    }

    private func record(_ recipe: TrainingRecipe) -> TrainingRecord {
        TrainingRecord(
            recipe: recipe, dataset: "d", timeColumn: "-t", now: day(20), from: day(1), schema: "s",
            request: "r", cause: RetrainCause(trigger: .manual, reason: "why"),
            environment: TrainingEnvironment(
                leeway: "0", machine: "host", system: "Linux", processor: "cpu", processors: 2))
    }

    private func day(_ number: Int64) -> Timestamp { Timestamp(nanoseconds: number * 86_400_000_000_000) }

    @Test func `what is written is what is read`() throws {
        var record = record(recipe(.sliding(length: RecipeDuration(.seconds(60)))))
        record.payload = "p"
        #expect(try JSONDecoder().decode(TrainingRecord.self, from: record.json()) == record)
    }

    @Test func `a sliding window ends where the gap begins`() {
        let sliding = recipe(.sliding(length: RecipeDuration(.seconds(5 * 86_400))))
        #expect(sliding.firstMoment(now: day(20), change: day(3)) == day(20 - 1 - 2 - 3 - 5))
        #expect(recipe().firstMoment(now: day(20), change: day(3)) == nil)
        #expect(recipe(.sinceChange).firstMoment(now: day(20), change: day(3)) == day(3))
        #expect(recipe(.sinceChange).firstMoment(now: day(20), change: nil) == nil)
    }

    @Test func `a change began with the first window that drifted`() throws {
        let window = RetrainRequest.Window(start: day(9), end: day(10))
        func request(_ trigger: RetrainTrigger, _ evidence: [RetrainEvidence] = []) -> RetrainRequest {
            RetrainRequest(
                model: "m", cause: RetrainCause(trigger: trigger, reason: "why"), evidence: evidence,
                window: window)
        }
        #expect(request(.drift).changeBegan == day(9))
        #expect(request(.schedule).changeBegan == nil)
        let alerts = [(7, "data", true), (5, "quality", true), (6, "data", false)].map(evidence)
        #expect(request(.drift, alerts).changeBegan == day(7))
    }

    private func evidence(_ day: Int64, _ kind: String, _ isFiring: Bool) -> RetrainEvidence {
        let payload = DriftEvent.Payload(
            model: "m", kind: kind, fingerprint: kind, feature: "temp", measure: "ks", value: 0.3,
            threshold: 0.2, pValue: nil, qValue: nil, errorBound: nil, severity: .warning,
            window: WindowSummary(start: self.day(day), end: self.day(day + 1)), test: nil, reference: "ref",
            versions: [], contributors: [], histogram: nil, since: self.day(day))
        return RetrainEvidence(
            DriftEvent(
                id: "\(day)", type: isFiring ? .firing : .resolved, source: "/a", subject: "m/temp",
                time: self.day(day + 1), data: payload))
    }

    @Test func `programs are told all of it`() throws {
        let programs = TrainingPrograms(leeway: "leeway", trainer: "trainer")
        let record = record(recipe())
        let split = record.splitCommand(programs, dataset: "d", schema: "s", output: "o").text
        #expect(
            split == "trainer split --dataset d --schema s --output o --label-delay 1d --holdout 2d --gap 3d "
                + "--now 1970-01-21T00:00:00Z --time-column=-t --from 1970-01-02T00:00:00Z")
        let train = record.trainCommand(
            programs, rows: "r", schema: "s", parameters: "p", output: "o", seed: 8)
        #expect(
            train?.text
                == "trainer train --dataset r --schema s --output o --parameters p --rounds 9 --seed 8 "
                + "--threads 2 --time-column=-t --early-stopping 3")
        #expect(try record.recipe.parameters() == Data(#"{"eta":0.1}"#.utf8))
        var other = recipe()
        other.trainer = .command(words: ["python3", "train.py"])
        #expect(
            self.record(other).trainCommand(programs, rows: "r", schema: "s", parameters: "p", output: "o")
                == nil)
    }

    @Test func `code is a commit, and a hash of what differs from it`() {
        #expect(TrainingCode(output: Data()) == nil)
        #expect(TrainingCode(output: Data("sh: git: not found\n".utf8)) == nil)
        let commit = String(repeating: "a1", count: 20)
        let clean = TrainingCode(output: Data("\(commit)\n".utf8))
        #expect(clean?.commit == commit && clean?.changes == nil)
        let changed = TrainingCode(output: Data("\(commit)\nb2c3\n".utf8))
        #expect(changed?.changes == "b2c3")
    }

    /// In a real repository, by git itself.
    @Test func `what differs from a commit is told by a hash alone`() throws {
        let folder = TrainingFolder(NSTemporaryDirectory() + "leeway-code-\(UUID().uuidString)")
        defer { folder.remove() }
        try folder.create()
        #expect(try TrainingCode(output: run(TrainingCode.script, folder)) == nil)
        _ = try run(
            """
            git init -q . && echo 1 > train.py && git add . \
                && git -c user.name=a -c user.email=a@b commit -q -m first
            """, folder)
        let clean = try #require(TrainingCode(output: run(TrainingCode.script, folder)))
        #expect(try clean.commit + "\n" == String(decoding: run("git rev-parse HEAD", folder), as: UTF8.self))
        #expect(clean.changes == nil)
        try folder.write(Data("SECRET=1\n".utf8), "train.py")
        let output = try run(TrainingCode.script, folder)
        #expect(!String(decoding: output, as: UTF8.self).contains("SECRET"))
        let expected = try run("{ git diff HEAD --binary; git status --porcelain; } | sha256sum", folder)
        #expect(TrainingCode(output: output)?.changes == String(decoding: expected.prefix(64), as: UTF8.self))
    }

    private func run(_ script: String, _ folder: TrainingFolder) throws -> Data {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        (process.arguments, process.currentDirectoryURL) = (
            ["-c", script], URL(fileURLWithPath: folder.path)
        )
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return output
    }

    @Test func `a model is plain files, an MLmodel among them`() throws {
        let folder = TrainingFolder(NSTemporaryDirectory() + "leeway-model-\(UUID().uuidString)")
        defer { folder.remove() }
        try folder.create()
        #expect(throws: TrainingFailure.self) { try ModelFiles(folder.path) }
        try folder.write(Data("a".utf8), "other")
        #expect(throws: TrainingFailure.self) { try ModelFiles(folder.path) }
        try folder.folder("code").write(Data(), "model.py")
        try folder.write(Data(), "MLmodel")
        #expect(try ModelFiles(folder.path).paths == ["MLmodel", "code/model.py", "other"])
        try FileManager.default.createSymbolicLink(
            atPath: folder["link"], withDestinationPath: "/etc/passwd")
        #expect(throws: TrainingFailure.self) { try ModelFiles(folder.path) }
    }
}
