import Streams
import Testing
import ZeroMQ

struct StreamPublisherTests {
    @Test func `messages are numbered by kind, and the last beacon says how far and that it is the end`()
        throws
    {
        let context = Context()
        let pull = try Socket(.pull, in: context)
        try pull.bind(to: "inproc://numbers")
        var publisher = try StreamPublisher.open(
            .push, .connect, endpoint: "inproc://numbers", model: "m", epoch: 9, context: context)
        try publisher.publish(.inputs, [[1]])
        try publisher.publish(.labels, [[2], [3]])
        try publisher.publish(.inputs, [[4]])
        try publisher.end()
        func topic(_ text: String) -> [UInt8] { Array(text.utf8) }
        func number(_ sequence: UInt64) -> [UInt8] { SequenceFrame(epoch: 9, sequence: sequence).bytes }
        let expected: [[[UInt8]]] = [
            [topic("inputs/m/"), number(1), [1]], [topic("labels/m/"), number(1), [2], [3]],
            [topic("inputs/m/"), number(2), [4]],
            [topic("beacon/m/"), topic(#"{"epoch":9,"sequences":{"inputs":2,"labels":1},"end":true}"#)],
        ]
        var message = Message()
        for frames in expected {
            try pull.receive(into: &message)
            #expect(message.copy() == frames)
        }
    }

    @Test func `nobody subscribes to another model`() throws {
        let context = Context()
        let publisher = try StreamPublisher.open(
            .pub, .bind, endpoint: "tcp://127.0.0.1:*", model: "m", context: context)
        let subscriber = try Socket(.subscribe, in: context)
        try subscriber.subscribe(to: "beacon/other/")
        try subscriber.connect(to: publisher.endpoint)
        #expect(try !publisher.waitForSubscriber(milliseconds: 200))
        try subscriber.subscribe(to: "beacon/m/")
        #expect(try publisher.waitForSubscriber(milliseconds: 5000))
    }

    @Test func `an epoch is drawn at each start`() throws {
        let context = Context()
        let pull = try Socket(.pull, in: context)
        try pull.bind(to: "inproc://epochs")
        var seen: Set<[UInt8]> = []
        for _ in 0..<5 {
            var publisher = try StreamPublisher.open(
                .push, .connect, endpoint: "inproc://epochs", model: "m", context: context)
            try publisher.publish(.rows, [[1]])
            var message = Message()
            try pull.receive(into: &message)
            seen.insert(message.copy()[1])
        }
        #expect(seen.count == 5)
    }
}
