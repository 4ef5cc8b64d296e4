import Foundation
import Testing

@testable import Registry

@Suite struct RegistryTests {
    @Test func `a new registry has the default experiment and nothing to say`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        #expect(try await registry.audit(limit: 10).isEmpty)
    }

    @Test func `the audit log is read by subject and backwards`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        for name in ["a", "b", "a/1"] { _ = try? await registry.createRegisteredModel(name, by: .tester) }
        try await registry.setTag(Tag(key: "k", value: ""), ofRegisteredModel: "a", by: .tester)
        #expect(try await registry.audit(limit: 10).map(\.subject) == ["a", "b", "a"])
        #expect(try await registry.audit(of: "a", limit: 10).map(\.action) == ["model.tag", "model.create"])
        #expect(try await registry.audit(of: "a", before: 3, limit: 10).map(\.action) == ["model.create"])
        #expect(try await registry.audit(before: 3, limit: 1).map(\.subject) == ["b"])
    }

    @Test(arguments: ["a/b", "a/\u{301}b", "a:b", "a:\u{301}b", "..", "..\u{301}", "a\r\n/b"])
    func `a model's name holds no slash and no colon, whatever follows it`(name: String) async throws {
        let registry = try Registry(folder: temporaryFolder())
        await #expect(throws: RegistryError.self) {
            try await registry.createRegisteredModel(name, by: .tester)
        }
    }
}

/// A folder of its own for a test; the system clears it away.
func temporaryFolder() -> String {
    NSTemporaryDirectory() + "leeway-registry-" + UUID().uuidString
}
