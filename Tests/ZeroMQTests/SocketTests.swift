import Testing
import ZeroMQ

struct SocketTests {
    @Test func `frames arrive as they were sent, empty ones too`() throws {
        let context = Context()
        let push = try Socket(.push, in: context)
        let pull = try Socket(.pull, in: context)
        try pull.bind(to: "inproc://frames")
        try push.connect(to: "inproc://frames")
        let frames: [[UInt8]] = [Array("topic".utf8), [], Array(repeating: 7, count: 5000)]
        #expect(try push.send(frames))
        var message = Message()
        #expect(try pull.receive(into: &message))
        #expect(message.copy() == frames)
        #expect(message.size == 5005)
    }

    @Test func `a message of many frames outgrows its first storage`() throws {
        let frames = (0..<100).map { [UInt8](repeating: UInt8($0), count: $0) }
        #expect(Message(frames).copy() == frames)
    }

    @Test func `nothing to receive is not an error`() throws {
        let pull = try Socket(.pull, in: Context())
        try pull.bind(to: "tcp://127.0.0.1:*")
        var message = Message([[1]])
        #expect(try !pull.receive(into: &message, wait: false))
        #expect(message.count == 0)
        #expect(try !pull.wait(milliseconds: 1))
    }

    @Test func `frames past the limit are dropped, and the message says so by its count`() throws {
        let context = Context()
        let push = try Socket(.push, in: context)
        let pull = try Socket(.pull, in: context)
        try pull.bind(to: "inproc://many")
        try push.connect(to: "inproc://many")
        try push.send(Array(repeating: [1], count: 20))
        try push.send([[2]])
        var message = Message()
        try pull.receive(into: &message, maximumFrames: 5)
        #expect(message.count == 6)
        try pull.receive(into: &message)
        #expect(message.copy() == [[2]])
    }

    @Test func `a full queue is told, not waited for, when asked so`() throws {
        let push = try Socket(.push, in: Context())
        try push.set(.linger, to: 0)
        #expect(try !push.send([[1]], wait: false))
        try push.set(.sendTimeout, to: 1)
        #expect(try !push.send([[1]]))
    }

    @Test func `a port that was left open to the system is told`() throws {
        let pull = try Socket(.pull, in: Context())
        try pull.bind(to: "tcp://127.0.0.1:*")
        #expect(try pull.lastEndpoint().wholeMatch(of: /tcp:\/\/127\.0\.0\.1:\d+/) != nil)
    }

    @Test func `shutting the context down wakes a blocking receive`() async throws {
        let context = Context()
        async let ended = Task.detached { sleepUntilShutdown(context) }.value
        try await Task.sleep(for: .milliseconds(50))
        context.shutdown()
        #expect(await ended)
    }
}

/// Returns whether the context was shut down, while receiving or before.
private func sleepUntilShutdown(_ context: Context) -> Bool {
    do throws(ZeroMQError) {
        let pull = try Socket(.pull, in: context)
        try pull.bind(to: "inproc://asleep")
        var message = Message()
        try pull.receive(into: &message)
        return false
    } catch {
        return error.isShutdown
    }
}
