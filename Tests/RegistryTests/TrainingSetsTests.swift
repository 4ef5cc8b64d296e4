import Crypto
import Drift
import Foundation
import Retraining
import Testing

@testable import Registry

@Suite struct TrainingSetsTests {
    private static let bytes = Array("amount,label\n1,0\n2,1\n".utf8)
    private static let schema = ModelSchema(
        task: .binary, features: [Feature(name: "amount", kind: .numeric)],
        label: .init(tensor: "label", kind: "class"))

    private func offer(
        _ bytes: [UInt8] = TrainingSetsTests.bytes, size: Int64? = nil, timeColumn: String? = nil
    ) -> TrainingSetOffer {
        TrainingSetOffer(
            sha256: SHA256.hash(data: bytes).hexadecimal, size: size ?? Int64(bytes.count),
            schema: Self.schema,
            timeColumn: timeColumn, source: ["agent": "a"])
    }

    private func send(
        _ bytes: [UInt8], at offset: Int64, of offer: TrainingSetOffer, to registry: Registry,
        model: String = "m"
    ) async throws -> TrainingSetProgress {
        let upload = try await registry.upload(ofTrainingSet: offer.sha256, of: model, at: offset)
        try await upload.write(bytes)
        return try await registry.finish(upload, by: .tester)
    }

    @discardableResult
    private func add(_ bytes: [UInt8] = TrainingSetsTests.bytes, to registry: Registry, model: String = "m")
        async throws
        -> TrainingSet
    {
        let offer = offer(bytes)
        var progress = try await registry.offer(offer, for: model, by: .tester)
        if case .uploading(_, let offset) = progress {
            progress = try await send(
                Array(bytes[Int(offset)...]), at: offset, of: offer, to: registry, model: model)
        }
        guard case .kept(let set) = progress else { throw CancellationError() }
        return set
    }

    private func file(_ text: String) throws -> String {
        let path = temporaryFolder()
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func facts() -> TrainingSetFacts {
        TrainingSetFacts(rows: 2, labelled: 2, labelColumn: "label", reference: "sha256:r")
    }

    private func kind(_ body: () async throws -> some Any) async -> RegistryError.Kind? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? RegistryError)?.kind
        }
    }

    // MARK: Uploads

    @Test func `a file in pieces is a training set once all is there`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let offer = offer()
        #expect(try await registry.offer(offer, for: "m", by: .tester) == .uploading(offer, offset: 0))
        let first = try await send(Array(Self.bytes[..<5]), at: 0, of: offer, to: registry)
        #expect(first == .uploading(offer, offset: 5))
        #expect(try await registry.offer(offer, for: "m", by: .tester) == first)
        let last = try await send(Array(Self.bytes[5...]), at: 5, of: offer, to: registry)
        let set = try await registry.trainingSet(offer.sha256, of: "m")
        #expect(last == .kept(set))
        #expect((set.state, set.format, set.createdBy) == (.inspecting, .csv, "tester"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: registry.file(of: set))) == Data(Self.bytes))
        #expect(
            try await registry.audit(of: offer.sha256, limit: 10).map(\.action)
                == ["dataset.add", "dataset.offer", "dataset.offer"])
    }

    @Test func `an upload outlives its registry`() async throws {
        let folder = temporaryFolder()
        let offer = offer()
        do {
            let registry = try Registry(folder: folder)
            _ = try await registry.offer(offer, for: "m", by: .tester)
            _ = try await send(Array(Self.bytes[..<7]), at: 0, of: offer, to: registry)
        }
        let registry = try Registry(folder: folder)
        #expect(try await registry.trainingSetProgress(offer.sha256, of: "m") == .uploading(offer, offset: 7))
        #expect(try await add(to: registry).id == offer.sha256)
    }

    @Test func `bytes of another hash leave nothing`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let offer = offer()
        _ = try await registry.offer(offer, for: "m", by: .tester)
        let other = [UInt8](repeating: 0, count: Self.bytes.count)
        #expect(await kind { try await send(other, at: 0, of: offer, to: registry) } == .invalid)
        #expect(try await registry.trainingSets(limit: 10).isEmpty)
        #expect(await kind { try await registry.trainingSetProgress(offer.sha256, of: "m") } == .notFound)
        #expect(try registry.blobs.partialNames().isEmpty)
        #expect(try await add(to: registry).state == .inspecting)
    }

    @Test func `a piece goes where bytes are wanted, and from one at a time`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let offer = offer()
        _ = try await registry.offer(offer, for: "m", by: .tester)
        let upload = try await registry.upload(ofTrainingSet: offer.sha256, of: "m", at: 0)
        #expect(await kind { try await send([1], at: 0, of: offer, to: registry) } == .conflict)
        #expect(await kind { try await upload.write(Self.bytes + [1]) } == .invalid)
        withExtendedLifetime(upload) {}
    }

    @Test func `a piece at the wrong place is refused`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let offer = offer()
        _ = try await registry.offer(offer, for: "m", by: .tester)
        #expect(await kind { try await send([1], at: 3, of: offer, to: registry) } == .conflict)
        #expect(await kind { try await send([1], at: 0, of: offer, to: registry, model: "n") } == .notFound)
    }

    @Test func `what is in the store is not sent again, for any model`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let set = try await add(to: registry)
        #expect(try await registry.offer(offer(), for: "m", by: .tester) == .kept(set))
        guard case .kept(let other) = try await registry.offer(offer(), for: "n", by: .tester) else {
            Issue.record("bytes are wanted again")
            return
        }
        #expect((other.model, other.id) == ("n", set.id))
        #expect(try await registry.trainingSets(idPrefix: String(set.id.prefix(6)), limit: 10).count == 2)
        #expect(try await registry.figures().trainingSetBytes == set.offer.size)
    }

    @Test func `a file is read in one way, unless it cannot be read in that`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let set = try await add(to: registry)
        let other = offer(timeColumn: "t")
        #expect(await kind { try await registry.offer(other, for: "m", by: .tester) } == .conflict)
        try await registry.refuse(set, "it is odd", by: .tester)
        #expect(try await registry.trainingSet(set.id, of: "m").reason == "it is odd")
        guard case .kept(let again) = try await registry.offer(other, for: "m", by: .tester) else {
            Issue.record("bytes are wanted again")
            return
        }
        #expect((again.state, again.reason, again.offer.timeColumn) == (.inspecting, "", "t"))
        try await registry.refuse(set, "it is about what was offered first", by: .tester)
        #expect(try await registry.trainingSet(set.id, of: "m").state == .inspecting)
    }

    @Test func `what is too large is refused before a byte is sent`() async throws {
        let limits = TrainingSetLimits(largest: 10)
        let registry = try Registry(folder: temporaryFolder(), trainingSetLimits: limits)
        #expect(await kind { try await registry.offer(offer(), for: "m", by: .tester) } == .invalid)
        let huge = try Registry(
            folder: temporaryFolder(), trainingSetLimits: TrainingSetLimits(largest: .max))
        #expect(
            await kind { try await huge.offer(offer(size: 1 << 60), for: "m", by: .tester) } == .exhausted)
        #expect(await kind { try await huge.offer(offer(), for: "a/b", by: .tester) } == .invalid)
    }

    @Test func `uploads that nobody goes on with are cleared away`() async throws {
        let store = try ArtifactFixture()
        let offer = offer()
        _ = try await store.registry.offer(offer, for: "m", by: .tester)
        _ = try await send([97], at: 0, of: offer, to: store.registry)
        let file = "\(store.artifacts)/partial/\(try store.registry.blobs.partialNames()[0])"
        try Data("left".utf8).write(to: URL(fileURLWithPath: store.artifacts + "/partial/left"))
        #expect(try await store.registry.clearAbandonedUploads(by: .tester) == 0)
        for path in [file, store.artifacts + "/partial/left"] { try store.age(path, seconds: 90_000) }
        let upload = try await store.registry.upload(ofTrainingSet: offer.sha256, of: "m", at: 1)
        #expect(try await store.registry.clearAbandonedUploads(by: .tester) == 0)
        #expect(try store.registry.blobs.partialNames().count == 1)
        withExtendedLifetime(upload) {}
    }

    @Test func `an upload that is abandoned can begin again`() async throws {
        let store = try ArtifactFixture()
        let offer = offer()
        _ = try await store.registry.offer(offer, for: "m", by: .tester)
        let file = "\(store.artifacts)/partial/\(try store.registry.blobs.partialNames()[0])"
        try store.age(file, seconds: 90_000)
        #expect(try await store.registry.clearAbandonedUploads(by: .tester) == 1)
        #expect(try store.registry.blobs.partialNames().isEmpty)
        #expect(try await store.registry.offer(offer, for: "m", by: .tester) == .uploading(offer, offset: 0))
    }

    // MARK: What is in them

    @Test func `what was found in a file is kept with its reference`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let set = try await add(to: registry)
        #expect(try await registry.trainingSetsToInspect() == [set])
        #expect(await kind { try await registry.reference(of: set) } == .conflict)
        try await registry.settle(set, facts(), reference: file("{}"), by: .tester)
        let ready = try await registry.trainingSet(set.id, of: "m")
        #expect((ready.state, ready.facts) == (.ready, facts()))
        #expect(try await registry.trainingSetsToInspect().isEmpty)
        let (artifact, content) = try await registry.reference(of: ready)
        #expect(try await content.read(at: 0, count: 10) == Array("{}".utf8))
        #expect(artifact.blob.size == 2)
    }

    @Test func `the label cut-off is what the uploader says`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        var offer = offer()
        offer.labelCutoff = Timestamp(milliseconds: 5000)
        _ = try await registry.offer(offer, for: "m", by: .tester)
        _ = try await send(Self.bytes, at: 0, of: offer, to: registry)
        var facts = facts()
        facts.labelCutoff = Timestamp(milliseconds: 1)
        let set = try await registry.trainingSet(offer.sha256, of: "m")
        try await registry.settle(set, facts, reference: file("r"), by: .tester)
        let cutoff = try await registry.trainingSet(set.id, of: "m").facts?.labelCutoff
        #expect(cutoff == Timestamp(milliseconds: 5000))
    }

    @Test func `garbage collection keeps the file and its reference, and verifying reads them`() async throws
    {
        let store = try ArtifactFixture()
        let set = try await add(to: store.registry)
        try await store.registry.settle(set, facts(), reference: file("r"), by: .tester)
        for file in store.files { try store.age(store.artifacts + "/" + file, seconds: 7200) }
        let hour = Duration.seconds(3600)
        let report = try await store.registry.collectGarbage(olderThan: hour, dryRun: false, by: .tester)
        #expect(report == GarbageReport())
        #expect(try await store.registry.verify().isEmpty)
        let path = store.registry.file(of: set)
        try FileManager.default.removeItem(atPath: path)
        #expect(
            try await store.registry.verify()
                == ["the content of dataset \(set.id) of m, \(set.id), is missing"])
        try Data(Self.bytes).write(to: URL(fileURLWithPath: path))
        try await store.registry.deleteTrainingSet(set.id, of: "m", by: .tester)
        for file in store.files { try store.age(store.artifacts + "/" + file, seconds: 7200) }
        #expect(
            try await store.registry.collectGarbage(olderThan: hour, dryRun: false, by: .tester).blobs == 2)
    }

    // MARK: What refers to them

    private func request(_ id: String, model: String = "m") -> RetrainRequest {
        RetrainRequest(
            model: model, cause: RetrainCause(trigger: .manual, reason: "why"),
            dataset: RetrainRequest.Dataset(keptAs: id))
    }

    @Test func `a request names a training set that is there`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let missing = String(repeating: "0", count: 64)
        #expect(await kind { try await registry.propose(request(missing), by: .tester) } == .invalid)
        let set = try await add(to: registry)
        #expect(
            await kind { try await registry.propose(request(set.id, model: "n"), by: .tester) } == .invalid)
        let record = try await registry.propose(request(set.id), by: .tester)
        #expect(record.state == .accepted)
        #expect(
            await kind { try await registry.deleteTrainingSet(set.id, of: "m", by: .tester) } == .conflict)
        _ = try await registry.cancelRetrainRequest(record.id, by: .tester)
        try await registry.deleteTrainingSet(set.id, of: "m", by: .tester)
        #expect(await kind { try await registry.trainingSet(set.id, of: "m") } == .notFound)
    }

    @Test func `a request cannot name what is unusable`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let set = try await add(to: registry)
        try await registry.refuse(set, "no label", by: .tester)
        #expect(await kind { try await registry.propose(request(set.id), by: .tester) } == .invalid)
    }

    @Test func `a run keeps what it used`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let set = try await add(to: registry)
        let run = try await registry.createRun(
            Run.Start(experiment: 0, name: nil, user: "", startTime: nil, tags: []), by: .tester)
        try await registry.logInputs(
            datasets: [DatasetInput(dataset: Dataset(set), tags: [])], models: [], toRun: run.run.id,
            by: .tester)
        #expect(
            await kind { try await registry.deleteTrainingSet(set.id, of: "m", by: .tester) } == .conflict)
    }

    @Test func `an upload is deleted with what has come`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let offer = offer()
        _ = try await registry.offer(offer, for: "m", by: .tester)
        try await registry.deleteTrainingSet(offer.sha256, of: "m", by: .tester)
        #expect(try registry.blobs.partialNames().isEmpty)
        #expect(
            await kind { try await registry.deleteTrainingSet(offer.sha256, of: "m", by: .tester) }
                == .notFound)
    }

    @Test func `what is deleted while its last piece comes is not made a training set`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let offer = offer()
        _ = try await registry.offer(offer, for: "m", by: .tester)
        let upload = try await registry.upload(ofTrainingSet: offer.sha256, of: "m", at: 0)
        try await upload.write(Self.bytes)
        try await registry.deleteTrainingSet(offer.sha256, of: "m", by: .tester)
        #expect(await kind { try await registry.finish(upload, by: .tester) } == .notFound)
        #expect(try await registry.trainingSets(limit: 1).isEmpty)
    }

    @Test func `training sets and uploads follow a model's name`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        _ = try await registry.createRegisteredModel("m", by: .tester)
        let set = try await add(to: registry)
        try await add(to: registry, model: "new")
        let other = offer([1, 2, 3])
        _ = try await registry.offer(other, for: "m", by: .tester)
        _ = try await registry.renameRegisteredModel("m", to: "new", by: .tester)
        #expect(try await registry.trainingSets(of: "new", limit: 10).map(\.id) == [set.id])
        #expect(try await registry.trainingSets(of: "m", limit: 10).isEmpty)
        #expect(
            try await registry.trainingSetProgress(other.sha256, of: "new") == .uploading(other, offset: 0))
    }
}
