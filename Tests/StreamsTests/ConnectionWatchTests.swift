import Streams
import Testing
import ZeroMQ

struct ConnectionWatchTests {
    private func losses(_ events: [SocketMonitor.Event.Kind]) -> [ConnectionWatch.Loss?] {
        var watch = ConnectionWatch()
        for event in events { watch.observe(event) }
        return (0..<3).map { _ in watch.takeLoss() }
    }

    @Test func `a loss that is not tried again is one at the second look`() {
        #expect(
            losses([.connected, .handshakeSucceeded, .disconnected]) == [nil, .establishedConnection, nil])
        #expect(losses([.connected, .disconnected]) == [nil, .handshake, nil])
    }

    @Test func `a loss that is tried again is none`() {
        #expect(
            losses([.connected, .handshakeSucceeded, .disconnected, .connectRetried, .other]) == [
                nil, nil, nil,
            ])
        #expect(losses([.connected, .handshakeSucceeded]) == [nil, nil, nil])
    }

    @Test func `the announcement may come between two looks`() {
        var watch = ConnectionWatch()
        for event in [SocketMonitor.Event.Kind.connected, .handshakeSucceeded, .disconnected] {
            watch.observe(event)
        }
        #expect(watch.takeLoss() == nil)
        watch.observe(.connectRetried)
        #expect(watch.takeLoss() == nil)
    }
}
