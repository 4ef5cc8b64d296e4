import Testing

@testable import Registry

@Suite struct RetriedRunTests {
    private let start = Run.Start(experiment: 0, name: nil, user: "u", startTime: 1, tags: [])

    @Test func `a request made again within a minute makes no second run`() async throws {
        let time = SettableTime(0)
        let registry = try Registry(folder: temporaryFolder(), clock: time.read)
        let first = try await registry.createRun(start, request: "a", by: .tester)
        time.set(59_999)
        let again = try await registry.createRun(start, request: "a", by: .tester)
        #expect(again == first)
        time.set(60_000)
        let later = try await registry.createRun(start, request: "a", by: .tester)
        #expect(later.run.id != first.run.id)
    }

    @Test func `requests of other names, or of none, make runs of their own`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        var ids: Set<String> = []
        for request in ["a", "b", nil, nil] {
            ids.insert(try await registry.createRun(start, request: request, by: .tester).run.id)
        }
        #expect(ids.count == 4)
    }
}
