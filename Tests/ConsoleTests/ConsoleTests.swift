import Console
import Foundation
import FoundationNetworking
import ServiceLifecycle
import Testing

struct ConsoleTests {
    @Test func `a port that is taken is an error that says what to do`() async throws {
        try await withConsole { first in
            let second = Console(observatory: FakeObservatory(), feed: EventFeed(), logger: quietLogger)
            let error = ConsoleError.addressInUse(address: "127.0.0.1:\(first.port)", owner: .agent)
            await #expect(throws: error) { try await second.run(host: "127.0.0.1", port: first.port) }
            #expect(
                error.description
                    == "cannot listen on 127.0.0.1:\(first.port): another process does, perhaps "
                    + "another agent; stop it, or choose another port with http under [agent]")
        }
    }

    @Test(arguments: ["192.0.2.1", "no-such-host.invalid"])
    func `an address that is not this machine's is an error`(host: String) async {
        let console = Console(observatory: FakeObservatory(), feed: EventFeed(), logger: quietLogger)
        await #expect(throws: ConsoleError.noSuchAddress(address: "\(host):9464", owner: .agent)) {
            try await console.run(host: host, port: 9464)
        }
    }

    @Test func `cancelling ends it, and does not wait for connections that are idle`() async throws {
        let (client, serving) = try await startConsole()
        _ = try await client.get("/healthz")
        serving.cancel()
        let duration = try await ContinuousClock().measure { try await serving.value }
        #expect(duration < .seconds(3))
        await #expect(throws: URLError.self) { try await client.get("/healthz") }
    }

    @Test func `a request at hand is answered before it ends`() async throws {
        let (client, serving) = try await startConsole(FakeObservatory(delay: .milliseconds(500)))
        async let answer = client.get("/readyz")
        try await Task.sleep(for: .milliseconds(200))
        serving.cancel()
        #expect(try await answer.body == "ready\n")
        try await serving.value
    }

    @Test func `a group of services shuts it down`() async throws {
        struct ConsoleService: Service {
            let listening: AsyncStream<Void>.Continuation

            func run() async throws {
                let console = Console(observatory: FakeObservatory(), feed: EventFeed(), logger: quietLogger)
                try await console.run(host: "127.0.0.1", port: 0) { _ in listening.yield() }
            }
        }

        let (listening, continuation) = AsyncStream.makeStream(of: Void.self)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: ConsoleService(listening: continuation),
                        successTerminationBehavior: .gracefullyShutdownGroup)
                ], logger: quietLogger))
        async let running: Void = group.run()
        _ = await listening.first { true }
        await group.triggerGracefulShutdown()
        try await running
    }
}
