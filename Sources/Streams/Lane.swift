import Drift
import ZeroMQ

/// One model on the receiving thread: its decoder, its books, and the consumer of its rows.
final class Lane<Consumer: RowConsumer> {
    let model: String
    var consumer: Consumer
    var tally: StreamTally
    private var decoder: StreamDecoder
    private var trackers: [SequenceTracker]

    init(_ model: ReceivedModel<Consumer>, limits: DecodingLimits, quarantine: Quarantine) {
        self.model = model.name
        consumer = model.consumer
        tally = StreamTally(quarantine: quarantine)
        decoder = StreamDecoder(schema: model.schema, features: model.features, limits: limits)
        trackers = Topic.Kind.allCases.map { _ in SequenceTracker() }
    }

    func adopt(_ schema: ModelSchema) { decoder.adopt(schema) }

    func receive(_ kind: Topic.Kind, _ message: borrowing Message, arrival: Timestamp) {
        tally.received()
        do throws(Rejection) {
            let body = try observeSequence(kind, message)
            if kind == .beacon {
                try observeBeacon(message, body, arrival)
            } else {
                try decode(kind, message, body, arrival)
            }
            tally.decoded()
        } catch {
            tally.reject(message, error, arrival: arrival)
        }
    }

    private func decode(
        _ kind: Topic.Kind, _ message: borrowing Message, _ body: Int, _ arrival: Timestamp
    ) throws(Rejection) {
        try decoder.decode(kind, message, body: body) { batch in
            tally.count(batch)
            consumer.consume(batch, arrival: arrival)
        }
    }
}

// MARK: - Losses

extension Lane {
    /// Returns the index of the body: behind the sequence frame, if there is one.
    private func observeSequence(_ kind: Topic.Kind, _ message: borrowing Message) throws(Rejection) -> Int {
        guard message.count > 2, let frame = message.withFrame(1, { SequenceFrame($0) }) else { return 1 }
        guard kind != .beacon else { return 2 }
        let observation = trackers[kind.place].observe(epoch: frame.epoch, sequence: frame.sequence)
        note(observation)
        guard observation != .duplicate else {
            throw Rejection(
                .duplicate,
                "number \(frame.sequence) of epoch \(frame.epoch) has been seen; "
                    + "a publisher has to draw a new epoch at each start")
        }
        return 2
    }

    private func observeBeacon(
        _ message: borrowing Message, _ body: Int, _ arrival: Timestamp
    ) throws(Rejection) {
        guard body < message.count else { throw Rejection(.badFrames, "the message has no body") }
        let beacon = try message.withFrame(body) { (bytes) throws(Rejection) in try Beacon(bytes) }
        for (kind, lastSent) in beacon.sequences where kind != .beacon {
            note(trackers[kind.place].observe(epoch: beacon.epoch, lastSent: lastSent))
        }
        if beacon.isEnd { consumer.streamEnded(arrival: arrival) }
    }

    private func note(_ observation: SequenceTracker.Observation) {
        guard observation != .inOrder else { return }
        tally.count(observation)
        switch observation {
        case .missed(let messages): consumer.missed(messages: Int(clamping: messages))
        case .joined(late: true): consumer.joinedLate()
        case .joined(late: false), .inOrder, .recovered, .duplicate: break
        }
    }
}

extension Topic.Kind {
    fileprivate var place: Int {
        switch self {
        case .inputs: 0
        case .predictions: 1
        case .labels: 2
        case .rows: 3
        case .beacon: 4
        }
    }
}
