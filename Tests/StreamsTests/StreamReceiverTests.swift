import Drift
import Foundation
import Streams
import Synchronization
import Testing
import ZeroMQ

struct StreamReceiverTests {
    private func receiver(
        _ configuration: ReceiverConfiguration, _ models: [String] = ["m"], context: Context = Context(),
        report: @escaping @Sendable (QuarantinedMessage) -> Void = { _ in }
    ) throws -> StreamReceiver<Recorder> {
        let models = models.map { ReceivedModel($0, consumer: Recorder()) }
        return try StreamReceiver(configuration, models: models, context: context, report: report)
    }

    /// A receiver that waits to be pushed to, and a socket that pushes what a test makes up.
    private func pulling(
        _ models: [String] = ["m"], report: @escaping @Sendable (QuarantinedMessage) -> Void = { _ in }
    ) throws -> (StreamReceiver<Recorder>, Pusher) {
        let configuration = ReceiverConfiguration(
            endpoints: ["tcp://127.0.0.1:*"], socket: .pull, mode: .bind)
        let receiver = try receiver(configuration, models, report: report)
        return (receiver, try Pusher(try #require(receiver.endpoints.first)))
    }

    private func row(_ value: Int) -> [UInt8] { Array(#"{"features":{"x":\#(value)}}"#.utf8) }

    @Test(arguments: ["tcp://127.0.0.1:*", "ipc://*", "inproc://stream"])
    func `a subscriber hears the publisher it connects to`(endpoint: String) async throws {
        let context = Context()
        var publisher = try StreamPublisher.open(
            .pub, .bind, endpoint: endpoint, model: "m", context: context)
        let receiver = try receiver(ReceiverConfiguration(endpoints: [publisher.endpoint]), context: context)
        #expect(try publisher.waitForSubscriber(milliseconds: 5000))
        for i in 0..<1000 { try publisher.publish(.rows, [row(i)]) }
        try publisher.end()
        let counters = try await receiver.counters(of: "m") { $0.received == 1001 }
        #expect(counters.decoded == 1001 && counters.rows == 1000 && counters.missed == 0)
        let recorder = try #require(await receiver.stop()["m"])
        let values = recorder.batches.flatMap { $0["x"]?.cells ?? [] }
        #expect(values == (0..<1000).map { "\($0)" })
        #expect(recorder.ends == 1 && recorder.lateJoins == 0)
    }

    @Test func `pushed messages all arrive, however slow the thread is at times`() async throws {
        let (receiver, _) = try pulling()
        let endpoint = try #require(receiver.endpoints.first)
        var publisher = try StreamPublisher.open(.push, .connect, endpoint: endpoint, model: "m")
        await receiver.perform(on: "m") { _ in _ = usleep(100_000) }
        for i in 0..<20_000 { try publisher.publish(.rows, [row(i)]) }
        let counters = try await receiver.counters(of: "m") { $0.rows == 20_000 }
        #expect(counters.rows == 20_000 && counters.missed == 0 && counters.balances)
        await receiver.stop()
    }

    /// It would not be, were its length changed while a sender waits for room (ReceivingSocket).
    @Test(arguments: [100, 60_000])
    func `a queue that was full is filled again, whatever the size of the messages`(bytes: Int) async throws {
        var configuration = ReceiverConfiguration(endpoints: ["ipc://*"], socket: .pull, mode: .bind)
        configuration.receiveBudget = 1 << 20
        let receiver = try receiver(configuration)
        let endpoint = try #require(receiver.endpoints.first)
        var publisher = try StreamPublisher.open(.push, .connect, endpoint: endpoint, model: "m")
        let body = Array("[]".utf8) + [UInt8](repeating: 0x20, count: bytes)
        for i in 0..<6000 {
            if i % 1500 == 0 { await receiver.perform(on: "m") { _ in _ = usleep(50_000) } }
            try publisher.publish(.rows, [body])
        }
        let counters = try await receiver.counters(of: "m") { $0.decoded >= 6000 }
        #expect(counters.decoded >= 6000 && counters.missed == 0)
        await receiver.stop()
    }

    @Test func `what is read and what is not always adds up, and the rest is in quarantine`() async throws {
        let (receiver, pusher) = try pulling(["m", "n"])
        try pusher.push("rows/m/", row(1))
        try pusher.push("rows/m/", Array("{".utf8))
        try pusher.push("inputs/m/", Array("{}".utf8))
        try pusher.push("predictions/n/", row(1))
        try pusher.push("rows/other/", row(1))
        try pusher.push("nonsense", row(1))
        try pusher.push("rows/m/")
        try pusher.push(
            "labels/m/", Array(#"{"labels":[{"name":"y","shape":[2],"datatype":"BOOL","data":[1,0]}]}"#.utf8))
        let counters = try await receiver.counters(of: "m") { $0.labels == 2 }
        #expect(counters.received == 5 && counters.decoded == 2 && counters.balances)
        #expect(counters.rejected == ["bad_json": 1, "wrong_form": 1, "bad_frames": 1])
        #expect(receiver.counters(of: "n")?.rejected == ["wrong_form": 1])
        #expect(receiver.counters(of: "other") == nil)
        #expect(receiver.strays.received == 2 && receiver.strays.balances)
        #expect(receiver.strays.rejected == ["unknown_model": 1, "bad_topic": 1])
        let quarantined = try #require(receiver.quarantine(of: "m"))
        #expect(quarantined.map(\.reason) == ["bad_frames", "wrong_form", "bad_json"])
        #expect(quarantined.last?.frames == [Array("rows/m/".utf8), Array("{".utf8)])
        #expect(receiver.strayQuarantine.map(\.topic) == ["nonsense", "rows/other/"])
        await receiver.stop()
    }

    @Test func `losses are counted within the stream and at its end`() async throws {
        let (receiver, pusher) = try pulling()
        for sequence: UInt64 in [1, 2, 5, 4, 4, 9] { try pusher.push("rows/m/", epoch: 7, sequence, row(1)) }
        try pusher.push("beacon/m/", Array(#"{"epoch":7,"sequences":{"rows":12,"inputs":0}}"#.utf8))
        let counters = try await receiver.counters(of: "m") { $0.received == 7 }
        #expect(counters.missed == 7)
        #expect(counters.duplicate == 1 && counters.joinedLate == 0)
        #expect(counters.rejected == ["duplicate": 1] && counters.rows == 5 && counters.balances)
        let recorder = try #require(await receiver.stop()["m"])
        #expect(recorder.missed == 8 && recorder.rows == 5)
    }

    @Test func `a publisher that had begun before is a late join, not a loss`() async throws {
        let (receiver, pusher) = try pulling()
        try pusher.push("rows/m/", epoch: 7, 100, row(1))
        try pusher.push("rows/m/", epoch: 8, 1, row(1))
        let counters = try await receiver.counters(of: "m") { $0.received == 2 }
        #expect(counters.joinedLate == 1 && counters.missed == 0)
        #expect(await receiver.stop()["m"]?.lateJoins == 1)
    }

    @Test func `tensor frames follow a sequence frame or the body`() async throws {
        let (receiver, pusher) = try pulling()
        let header =
            #"{"inputs":[{"name":"x","shape":[2],"datatype":"FP64","parameters":{"binary_data_size":16}}]}"#
        let tensor = [UInt8](repeating: 0, count: 16)
        try pusher.push("inputs/m/", Array(header.utf8), tensor)
        try pusher.push("inputs/m/", epoch: 1, 1, Array(header.utf8), tensor)
        let counters = try await receiver.counters(of: "m") { $0.received == 2 }
        #expect(counters.rows == 4)
        await receiver.stop()
    }

    @Test(arguments: ["tcp://127.0.0.1:*", "ipc://*"])
    func `a frame above the limit is counted, and the stream goes on`(endpoint: String) async throws {
        let context = Context()
        let publisher = try Socket(.publishSeeingSubscriptions, in: context)
        try publisher.set(.linger, to: 0)
        try publisher.bind(to: endpoint)
        var configuration = ReceiverConfiguration(endpoints: [try publisher.lastEndpoint()])
        configuration.limits.messageBytes = 1000
        let receiver = try receiver(configuration)
        try await publishUntil(publisher, receiver) { $0.decoded > 0 }
        try publisher.send([Array("rows/m/".utf8), [UInt8](repeating: 0x20, count: 2000)])
        let counters = try await receiver.counters(of: "m") { $0.rejected["oversized"] == 1 }
        #expect(counters.rejected == ["oversized": 1])
        try await publishUntil(publisher, receiver) { $0.decoded > counters.decoded }
        let detail = try #require(receiver.quarantine(of: "m")?.first?.detail)
        #expect(detail.contains("more than max_message_bytes (1000)"))
        #expect(receiver.counters(of: "m")?.balances == true)
        await receiver.stop()
    }

    private func publishUntil(
        _ publisher: borrowing Socket, _ receiver: StreamReceiver<Recorder>,
        _ condition: (StreamCounters) -> Bool
    ) async throws {
        for _ in 0..<500 {
            try publisher.send([Array("rows/m/".utf8), row(1)])
            try await Task.sleep(for: .milliseconds(10))
            if let counters = receiver.counters(of: "m"), condition(counters) { return }
        }
        Issue.record("nothing arrives any more")
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `a publisher that restarts is found again, and is not taken for one that sent too much`(
        host: String
    ) async throws {
        let context = Context()
        let first = try Socket(.publish, in: context)
        try first.bind(to: "tcp://127.0.0.1:*")
        let endpoint = try first.lastEndpoint()
        let name = endpoint.replacing("127.0.0.1", with: host)
        let receiver = try receiver(ReceiverConfiguration(endpoints: [name]))
        try await publishUntil(first, receiver) { $0.decoded > 0 }
        try first.unbind(from: endpoint)
        let before = receiver.counters(of: "m")?.decoded ?? 0
        try await restart(after: first, at: endpoint, receiver, decoded: before, context)
        #expect(receiver.counters(of: "m")?.rejected == [:])
        #expect(receiver.strays.received == 0)
        await receiver.stop()
    }

    private func restart(
        after first: consuming Socket, at endpoint: String, _ receiver: StreamReceiver<Recorder>,
        decoded: UInt64,
        _ context: Context
    ) async throws {
        _ = consume first
        try await Task.sleep(for: .milliseconds(300))
        let second = try Socket(.publish, in: context)
        try second.bind(to: endpoint)
        try await publishUntil(second, receiver) { $0.decoded > decoded }
    }

    @Test func `a socket that cannot be opened is told at the start`() throws {
        let taken = try Socket(.pull, in: Context())
        try taken.bind(to: "tcp://127.0.0.1:*")
        let endpoint = try taken.lastEndpoint()
        let error = #expect(throws: ZeroMQError.self) {
            try receiver(ReceiverConfiguration(endpoints: [endpoint], socket: .pull, mode: .bind))
        }
        #expect(error?.description == "cannot bind \(endpoint): the address is already in use")
    }

    @Test func `the clock ticks though nothing arrives`() async throws {
        let began = ContinuousClock.now
        let (receiver, _) = try pulling()
        try await Task.sleep(for: .milliseconds(550))
        let ticks = await receiver.perform(on: "m") { $0.ticks } ?? 0
        let tenths = (ContinuousClock.now - began) / .milliseconds(100)
        #expect(ticks >= 3 && Double(ticks) <= tenths + 1)
        await receiver.stop()
    }

    @Test func `the consumer is reached while it is received for, and no longer`() async throws {
        let (receiver, pusher) = try pulling()
        try pusher.push("rows/m/", row(5))
        try await receiver.counters(of: "m") { $0.rows == 1 }
        #expect(await receiver.perform(on: "m") { $0.rows } == 1)
        #expect(await receiver.perform(on: "other") { $0.rows } == nil)
        #expect(await receiver.stop()["m"]?.rows == 1)
        #expect(await receiver.perform(on: "m") { $0.rows } == nil)
        #expect(await receiver.stop()["m"]?.rows == 1)
    }

    @Test func `a schema may come later than the stream`() async throws {
        let (receiver, pusher) = try pulling()
        receiver.adopt(ModelSchema(features: [], prediction: .init(tensor: "score", kind: .score)), for: "m")
        await receiver.perform(on: "m") { _ in }
        try pusher.push("rows/m/", Array(#"{"prediction":0.5}"#.utf8))
        try await receiver.counters(of: "m") { $0.predictions == 1 }
        #expect(await receiver.stop()["m"]?.batches.first?.names == ["score"])
    }

    @Test func `of a reason and topic the first in a minute is reported`() async throws {
        let reported = Reports()
        let (receiver, pusher) = try pulling(report: { reported.add($0) })
        for body in ["{", "[", "1", "{"] { try pusher.push("rows/m/", Array(body.utf8)) }
        try await receiver.counters(of: "m") { $0.received == 4 }
        #expect(reported.all.map(\.reason) == ["bad_json", "wrong_form"])
        await receiver.stop()
    }

    @Test func `shutting the context down ends the receiver`() async throws {
        let context = Context()
        let receiver = try receiver(
            ReceiverConfiguration(endpoints: ["tcp://127.0.0.1:*"], socket: .pull, mode: .bind),
            context: context)
        context.shutdown()
        #expect(await receiver.stop().keys.sorted() == ["m"])
    }
}

/// Pushes messages frame by frame.
private final class Pusher {
    private let socket: Socket

    init(_ endpoint: String) throws {
        socket = try Socket(.push, in: Context())
        try socket.set(.linger, to: 5000)
        try socket.connect(to: endpoint)
    }

    func push(_ topic: String, _ frames: [UInt8]...) throws {
        try socket.send([Array(topic.utf8)] + frames)
    }

    func push(_ topic: String, epoch: UInt64, _ sequence: UInt64, _ frames: [UInt8]...) throws {
        try socket.send([Array(topic.utf8), SequenceFrame(epoch: epoch, sequence: sequence).bytes] + frames)
    }
}

private final class Reports: Sendable {
    private let messages = Mutex<[QuarantinedMessage]>([])

    var all: [QuarantinedMessage] { messages.withLock { $0 } }
    func add(_ message: QuarantinedMessage) { messages.withLock { $0.append(message) } }
}
