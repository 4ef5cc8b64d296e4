import Testing
import ZeroMQ

struct SocketMonitorTests {
    @Test func `a connection and its handshake are seen`() throws {
        let context = Context()
        let publisher = try Socket(.publish, in: context)
        let subscriber = try Socket(.subscribe, in: context)
        try publisher.bind(to: "tcp://127.0.0.1:*")
        let endpoint = try publisher.lastEndpoint()
        var monitor = try SocketMonitor(of: subscriber)
        try subscriber.connect(to: endpoint)
        var poller = Poller()
        poller.add(subscriber)
        poller.add(monitor)
        var seen: [SocketMonitor.Event.Kind] = []
        for _ in 0..<200 where !seen.contains(.handshakeSucceeded) {
            try poller.wait(milliseconds: 20)
            while let event = try monitor.nextEvent() {
                #expect(event.endpoint == endpoint)
                seen.append(event.kind)
            }
        }
        #expect(seen.filter { $0 != .other } == [.connected, .handshakeSucceeded])
    }
}
