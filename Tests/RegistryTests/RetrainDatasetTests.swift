import Crypto
import Drift
import Retraining
import Testing

@testable import Registry

/// A registry with a request that is accepted and names no rows.
private struct Scene {
    let registry: Registry
    let request: RetrainRecord

    init() async throws {
        registry = try Registry(folder: temporaryFolder())
        request = try await registry.propose(Scene.request(), by: .tester)
    }

    static func request(_ cause: RetrainCause = RetrainCause(trigger: .manual, reason: "why"))
        -> RetrainRequest
    {
        RetrainRequest(model: "m", cause: cause)
    }

    /// - Returns: a training set's id.
    func add(_ text: String = "amount,label\n1,0\n", to model: String = "m") async throws -> String {
        let bytes = Array(text.utf8)
        let schema = ModelSchema(task: .binary, features: [Feature(name: "amount", kind: .numeric)])
        let offer = TrainingSetOffer(
            sha256: SHA256.hash(data: bytes).hexadecimal, size: Int64(bytes.count), schema: schema)
        guard case .uploading = try await registry.offer(offer, for: model, by: .tester) else {
            return offer.sha256
        }
        let upload = try await registry.upload(ofTrainingSet: offer.sha256, of: model, at: 0)
        try await upload.write(bytes)
        _ = try await registry.finish(upload, by: .tester)
        return offer.sha256
    }

    func give(_ id: String) async throws -> RetrainRecord {
        try await registry.giveDataset(id, to: request.id, by: .tester)
    }

    /// Why rows are not taken; `nil` where they are.
    func refusal(of id: String) async throws -> RegistryError? {
        do {
            _ = try await give(id)
            return nil
        } catch let error as RegistryError {
            return error
        }
    }
}

@Suite struct RetrainDatasetTests {
    @Test func `a request is given its rows later, and the audit log says so`() async throws {
        let scene = try await Scene()
        let id = try await scene.add()
        let given = try await scene.give(id)
        #expect(given.request.dataset == RetrainRequest.Dataset(keptAs: id))
        #expect((given.state, given.id) == (.accepted, scene.request.id))
        let newest = try await scene.registry.audit(of: given.id, limit: 1)
        #expect(newest.map(\.action) == ["retrain.dataset"])
        #expect(newest.map(\.detail) == ["datasets:/\(id)"])
        await #expect {
            try await scene.registry.deleteTrainingSet(id, of: "m", by: .tester)
        } throws: { ($0 as? RegistryError)?.kind == .conflict }
    }

    @Test func `one that waits and one that is being trained are given theirs too`() async throws {
        let scene = try await Scene()
        let id = try await scene.add()
        let code = RetrainCause(trigger: .code, reason: "why", commit: "0123abc")
        let waiting = try await scene.registry.propose(Scene.request(code), by: .tester)
        #expect(waiting.state == .waiting)
        #expect(
            try await scene.registry.giveDataset(id, to: waiting.id, by: .tester).request.dataset != nil)
        let lease = try #require(
            try await scene.registry.leaseRetrainRequest(
                scene.request.id, to: "w", for: .seconds(60), by: .tester))
        _ = try await scene.give(id)
        let renewed = try await scene.registry.renew(lease, for: .seconds(60), by: .tester)
        #expect(renewed.record.state == .running)
        #expect(renewed.record.request.dataset == RetrainRequest.Dataset(keptAs: id))
    }

    @Test func `the first rows stay, and given again they are the same`() async throws {
        let scene = try await Scene()
        let (first, second) = (try await scene.add(), try await scene.add("amount,label\n2,1\n"))
        let given = try await scene.give(first)
        #expect(try await scene.give(first) == given)
        let refusal = try await scene.refusal(of: second)
        #expect(refusal?.kind == .conflict)
        #expect(refusal?.description.contains("datasets:/\(first)") == true)
        #expect(try await scene.registry.retrainRequest(given.id) == given)
    }

    @Test func `a request that has ended takes no rows, and keeps those it has`() async throws {
        let scene = try await Scene()
        let (first, second) = (try await scene.add(), try await scene.add("amount,label\n2,1\n"))
        _ = try await scene.registry.cancelRetrainRequest(scene.request.id, by: .tester)
        let refusal = try await scene.refusal(of: first)
        #expect(refusal?.kind == .conflict)
        #expect(refusal?.description.contains("ended already: cancelled") == true)
        let other = try await Scene()
        let id = try await other.add()
        _ = try await other.give(id)
        _ = try await other.registry.cancelRetrainRequest(other.request.id, by: .tester)
        #expect(try await other.refusal(of: id) == nil)
        #expect(try await other.refusal(of: second)?.kind == .conflict)
    }

    @Test func `rows are the model's own, and can be used`() async throws {
        let scene = try await Scene()
        let missing = String(repeating: "0", count: 64)
        #expect(try await scene.refusal(of: missing)?.kind == .invalid)
        let foreign = try await scene.add(to: "n")
        #expect(try await scene.refusal(of: foreign)?.kind == .invalid)
        let bad = try await scene.add("amount,label\n3,1\n")
        let set = try await scene.registry.trainingSet(bad, of: "m")
        try await scene.registry.refuse(set, "no label", by: .tester)
        #expect(try await scene.refusal(of: bad)?.kind == .invalid)
        #expect(try await scene.registry.retrainRequest(scene.request.id).request.dataset == nil)
        await #expect {
            try await scene.registry.giveDataset(missing, to: missing, by: .tester)
        } throws: { ($0 as? RegistryError)?.kind == .notFound }
    }

    @Test func `evidence that comes later leaves the rows as they are`() async throws {
        let scene = try await Scene()
        let given = try await scene.give(try await scene.add())
        let again = try await scene.registry.propose(Scene.request(), by: .tester)
        #expect(again.request.dataset == given.request.dataset)
    }
}
