import Foundation
import Testing

@testable import Registry

@Suite struct RegistryTests {
    @Test func `a new registry has the default experiment and nothing to say`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        #expect(try await registry.audit(limit: 10).isEmpty)
    }
}

/// A folder of its own for a test; the system clears it away.
func temporaryFolder() -> String {
    NSTemporaryDirectory() + "leeway-registry-" + UUID().uuidString
}
