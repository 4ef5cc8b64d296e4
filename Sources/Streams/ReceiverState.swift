import Drift
import Synchronization

/// What the receiving thread shares with everyone else.
final class ReceiverState<Consumer: RowConsumer>: Sendable {
    let mailbox = Mailbox<[Lane<Consumer>]>()
    let quarantines: [Quarantine]
    let strayQuarantine: Quarantine

    private let stopping = Atomic(false)
    private let counters: Mutex<[StreamCounters]>
    private let strayCounters = Mutex(StreamCounters())

    init(models: Int, quarantine: Quarantine.Limits, report: @escaping @Sendable (QuarantinedMessage) -> Void)
    {
        quarantines = (0..<models).map { _ in Quarantine(limits: quarantine, report: report) }
        strayQuarantine = Quarantine(limits: quarantine, report: report)
        counters = Mutex(Array(repeating: StreamCounters(), count: models))
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }
    func stop() { stopping.store(true, ordering: .releasing) }

    func publish(_ snapshot: StreamCounters, ofModelAt place: Int) {
        counters.withLock { $0[place] = snapshot }
    }
    func publish(strays snapshot: StreamCounters) { strayCounters.withLock { $0 = snapshot } }
    func counters(ofModelAt place: Int) -> StreamCounters { counters.withLock { $0[place] } }
    var strays: StreamCounters { strayCounters.withLock { $0 } }
}
