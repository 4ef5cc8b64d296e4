import Testing

@testable import Registry

@Suite struct TurnstileTests {
    private actor Room {
        private(set) var inside = 0
        private(set) var most = 0
        private(set) var visits = 0

        func enter() {
            inside += 1
            visits += 1
            most = max(most, inside)
        }

        func leave() { inside -= 1 }
    }

    @Test func `no more are in at a time than there are places, and all get in`() async throws {
        let (turnstile, room) = (Turnstile(places: 3), Room())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await turnstile.pass {
                        await room.enter()
                        try await Task.sleep(for: .milliseconds(2))
                        await room.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await room.inside == 0)
        #expect(await room.most == 3)
        #expect(await room.visits == 50)
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
