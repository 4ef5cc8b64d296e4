import Foundation
import Testing
import Training

@Suite struct TrainingJobTests {
    @Test(arguments: [1, 2])
    func `the same files, seed and threads make the same model, bit for bit`(threads: Int) throws {
        let bench = try Workbench()
        var job = try bench.job(Workbench.table(3000))
        job.parameters = try bench.write(#"{"subsample":0.5,"colsample_bytree":0.7}"#, to: "parameters.json")
        job.threads = threads
        let first = try job.run()
        job.output = bench.path("again")
        let second = try job.run()
        #expect(first.digest == second.digest)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: bench.path("model/model.ubj")))
                == Data(contentsOf: URL(fileURLWithPath: bench.path("again/model.ubj"))))
        (job.output, job.seed) = (bench.path("other"), 4)
        #expect(try job.run().digest != first.digest)
    }

    @Test func `the digest is what sha256sum makes of the four files`() throws {
        let bench = try Workbench()
        let digest = try bench.job(Workbench.table(100)).run().digest
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.currentDirectoryURL = URL(fileURLWithPath: bench.path("model"))
        shell.arguments = [
            "-c", "sha256sum model.ubj encoder.json schema.json threshold.json | sha256sum > ../digest",
        ]
        try shell.run()
        shell.waitUntilExit()
        #expect(try bench.text("digest").hasPrefix(digest + " "))
    }

    @Test func `events tell of the data, every round, and the end`() throws {
        let bench = try Workbench()
        let events = try bench.job(Workbench.table(200)).events()
        #expect(events.count == 10)
        #expect(
            events.first
                == TrainingEvent.dataset(
                    Manifest.RowCounts(training: 200, holdout: 0, unlabelled: 0), features: 3, constant: []))
        let losses = events.compactMap { event in
            if case .round(_, let metrics) = event { metrics["train-logloss"] } else { nil }
        }
        #expect(losses.count == 8)
        #expect(losses == losses.sorted(by: >))
        guard case .finished(8, _, let metrics, _) = events.last else {
            Issue.record("\(String(describing: events.last))")
            return
        }
        #expect(metrics["train-logloss"] == losses.last)
    }

    @Test func `the last fifth by time is held out, whatever order the rows are in`() throws {
        let bench = try Workbench()
        let lines = Workbench.table(200).split(separator: "\n")
        let shuffled = lines.dropFirst().sorted { $0.reversed().lexicographicallyPrecedes($1.reversed()) }
        var job = try bench.job(([lines[0]] + shuffled).joined(separator: "\n") + "\n")
        job.earlyStopping = 2
        let manifest = try job.run()
        #expect(manifest.rows == Manifest.RowCounts(training: 160, holdout: 40, unlabelled: 0))
        #expect(manifest.metrics["holdout-logloss"] != nil)
        var known = try bench.job(lines[...160].joined(separator: "\n") + "\n", output: "known")
        known.rounds = manifest.rounds
        _ = try known.run()
        #expect(try bench.lines("known/encoder.json") == bench.lines("model/encoder.json"))
    }

    @Test func `stopping early keeps the best rounds alone`() throws {
        let bench = try Workbench()
        var job = try bench.job(Workbench.table(400))
        (job.rounds, job.earlyStopping) = (400, 3)
        let events = try job.events()
        let losses = events.compactMap { event in
            if case .round(_, let metrics) = event { metrics["holdout-logloss"] } else { nil }
        }
        let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
        #expect(losses.count == best + 4)
        guard case .finished(let rounds, _, let metrics, _) = events.last else {
            Issue.record("no end")
            return
        }
        #expect(rounds == best + 1)
        #expect(metrics["holdout-logloss"] == losses[best])
        let kept = try ModelFolder(job.output).load()
        var short = try bench.job(Workbench.table(320), output: "short")
        short.rounds = rounds
        try short.run()
        let table = try bench.write(Workbench.table(400), to: "all.csv")
        _ = try RowScorer(kept, threads: 1).score(table, to: bench.path("kept.csv"))
        _ = try RowScorer(try ModelFolder(short.output).load(), threads: 1)
            .score(table, to: bench.path("short.csv"))
        #expect(try bench.text("kept.csv") == bench.text("short.csv"))
    }

    @Test func `rows without a label are left out and counted`() throws {
        let bench = try Workbench()
        let labels = ["", "NaN", "NA", "nan"]
        let unlabelled = labels.enumerated().map { "u\($0),1600000000,1,NL,true,\($1)\n" }.joined()
        let manifest = try bench.job(Workbench.table(100) + unlabelled).run()
        #expect(manifest.rows == Manifest.RowCounts(training: 100, holdout: 0, unlabelled: 4))
        let same = try bench.job(Workbench.table(100), output: "same").run()
        #expect(same.digest == manifest.digest)
    }

    @Test func `a holdout of one's own is measured and not learnt from`() throws {
        let bench = try Workbench()
        var job = try bench.job(Workbench.table(100))
        let alone = try job.run()
        job.holdout = try bench.write(
            "amount,country,new,label\n60,FR,1,1\n40,NL,0,0\n3,BE,0,\n", to: "holdout.csv")
        job.output = bench.path("measured")
        let measured = try job.run()
        #expect(measured.digest == alone.digest)
        #expect(measured.rows == Manifest.RowCounts(training: 100, holdout: 2, unlabelled: 1))
    }

    @Test func `a folder that holds something is not overwritten`() throws {
        let bench = try Workbench()
        let job = try bench.job(Workbench.table(100))
        try job.run()
        #expect(try problem(job).contains("is there already"))
    }

    @Test func `the manifest records what the model was made of`() throws {
        let bench = try Workbench()
        var job = try bench.job(Workbench.table(100))
        job.parameters = try bench.write(
            #"{"max_depth":2,"eval_metric":["auc","logloss"]}"#, to: "parameters.json")
        let manifest = try job.run()
        #expect(manifest.parameters["max_depth"] == "2")
        #expect(manifest.parameters["eval_metric"] == "auc,logloss")
        #expect(manifest.parameters["seed"] == "3")
        #expect(manifest.parameters["objective"] == "binary:logistic")
        #expect(manifest.xgboost.hasPrefix("1.7"))
        #expect(manifest.files.map(\.name) == ["model.ubj", "encoder.json", "schema.json", "threshold.json"])
        let json = Data(try bench.text("model/manifest.json").utf8)
        #expect(try JSONDecoder().decode(Manifest.self, from: json) == manifest)
    }
}
