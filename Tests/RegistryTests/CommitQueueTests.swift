import Testing

@testable import Registry

@Suite struct CommitQueueTests {
    @Test
    func `of changes that are committed together those that fail leave nothing, and take no other along`()
        async throws
    {
        let registry = try Registry(folder: temporaryFolder())
        let failures = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        try await registry.change(by: .tester) { change in
                            try change.record("test", "\(number)")
                            if number.isMultiple(of: 3) { throw RegistryError.invalid("no") }
                        }
                        return false
                    } catch {
                        return true
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 67)
        let subjects = try await registry.audit(limit: 1000).compactMap { Int($0.subject) }
        #expect(subjects.sorted() == (0..<200).filter { !$0.isMultiple(of: 3) })
    }
}
