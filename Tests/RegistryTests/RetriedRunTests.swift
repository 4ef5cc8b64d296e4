import Testing

@testable import Registry

@Suite struct RetriedRunTests {
    private let start = Run.Start(experiment: 0, name: nil, user: "u", startTime: 1, tags: [])

    @Test func `a request made again within a minute makes no second run`() async throws {
        let time = SettableTime(0)
        let registry = try Registry(folder: temporaryFolder(), clock: time.read)
        let request = CreationRequest(name: "a", mayBeRepeated: true)
        let first = try await registry.createRun(start, request: request, by: .tester)
        time.set(59_999)
        let again = try await registry.createRun(start, request: request, by: .tester)
        #expect(again == first)
        time.set(60_000)
        let later = try await registry.createRun(start, request: request, by: .tester)
        #expect(later.run.id != first.run.id)
    }

    @Test func `requests of other names, of none, or that are no repetition make runs of their own`()
        async throws
    {
        let registry = try Registry(folder: temporaryFolder())
        var ids: Set<String> = []
        let requests = [("a", true), ("a", false), ("b", true)].map(CreationRequest.init) + [nil, nil]
        for request in requests {
            ids.insert(try await registry.createRun(start, request: request, by: .tester).run.id)
        }
        #expect(ids.count == 5)
    }

    @Test func `a deleted run is not handed out again`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        let request = CreationRequest(name: "a", mayBeRepeated: true)
        let first = try await registry.createRun(start, request: request, by: .tester)
        try await registry.deleteRun(first.run.id, by: .tester)
        #expect(try await registry.createRun(start, request: request, by: .tester).run.stage == .active)
    }
}
