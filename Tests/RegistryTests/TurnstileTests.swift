import Synchronization
import Testing

@testable import Registry

@Suite struct TurnstileTests {
    @Test func `no more are in at a time than there are places, and all get in`() async throws {
        let turnstile = Turnstile(places: 3)
        let inside = Mutex((now: 0, most: 0, all: 0))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await turnstile.pass {
                        inside.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.all + 1) }
                        try? await Task.sleep(for: .milliseconds(2))
                        inside.withLock { $0.now -= 1 }
                    }
                }
            }
        }
        #expect(inside.withLock { $0 } == (now: 0, most: 3, all: 50))
    }

    @Test func `a place is free again after a failure`() async throws {
        let turnstile = Turnstile(places: 1)
        for _ in 0..<2 {
            await #expect(throws: RegistryError.self) {
                try await turnstile.pass { throw RegistryError.invalid("no") }
            }
        }
    }
}
