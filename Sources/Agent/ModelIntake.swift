import Capture
import Drift

/// One model's rows on the receiving thread: gathers a warm-up, or counts rows into panes, and hands whole
/// values on to the model's watch.
struct ModelIntake: RowConsumer {
    /// What the receiving thread hands on.
    enum Delivery: Sendable {
        /// Panes that closed, and what was open just after: they are taken up together or not at all.
        case closed([Pane], PaneCheckpoint)
        case checkpoint(PaneCheckpoint)
        /// The rows a reference is to be built from.
        case warmUp([RowBatch])
    }

    private let plan: WindowPlan
    private let checkpointNanoseconds: Int64
    private let outlet: IntakeOutlet
    private var capture: CaptureIntake?
    private var evidence: EvidenceIntake?
    private var warmUp: WarmUp?
    private var assembler: PaneAssembler?
    private var lastCheckpoint: Timestamp?
    private var lastArrival: Timestamp?
    private var hasEnded = false

    /// - Parameters:
    ///   - warmUpRows: rows to gather for a reference; `nil` when there is one, or none can be made.
    ///   - capture: takes the rows that are kept; `nil` when none are.
    ///   - evidence: takes who was served, for rollouts; `nil` where there are none.
    init(
        plan: WindowPlan, warmUpRows: Int?, checkpointNanoseconds: Int64, outlet: IntakeOutlet,
        capture: CaptureIntake? = nil, evidence: EvidenceIntake? = nil
    ) {
        (self.plan, self.checkpointNanoseconds, self.outlet) = (plan, checkpointNanoseconds, outlet)
        (self.capture, self.evidence) = (capture, evidence)
        warmUp = warmUpRows.map(WarmUp.init)
    }

    /// Starts to count over a reference's cells, from a checkpoint where one fits.
    mutating func adopt(_ reference: Reference, resuming checkpoint: PaneCheckpoint?) {
        warmUp = nil
        if let checkpoint, let resumed = PaneAssembler(reference: reference, plan: plan, resuming: checkpoint)
        {
            assembler = resumed
        } else {
            assembler = PaneAssembler(reference: reference, plan: plan)
            // Live rows of the window under way went by before the agent looked.
            if plan.clock == .arrival { assembler?.joined() }
        }
    }

    /// Counts over another reference's cells from the next window on, or from now on where there was none.
    mutating func change(to reference: Reference) {
        if assembler == nil { adopt(reference, resuming: nil) } else { assembler?.adopt(reference) }
    }

    mutating func consume(_ batch: borrowing RowBatch, arrival: Timestamp) {
        lastArrival = arrival
        if hasEnded { outlet.streamBegan() }
        hasEnded = false
        evidence?.consume(batch, arrival: arrival)
        // Requests that failed have nothing to count.
        guard !batch.parts.isEmpty else { return }
        assembler?.add(batch, arrival: arrival)
        capture?.consume(batch, arrival: arrival)
        if warmUp != nil { gather(batch) }
        handOnClosed()
    }

    private mutating func gather(_ batch: borrowing RowBatch) {
        warmUp?.add(batch)
        guard let warmUp, warmUp.isComplete else { return }
        outlet.send(.warmUp(warmUp.batches))
        self.warmUp = nil
    }

    mutating func missed(messages: Int) { assembler?.missed(messages: messages) }

    mutating func joinedLate() { assembler?.joined() }

    mutating func streamEnded(arrival: Timestamp) {
        assembler?.endStream()
        handOnClosed()
        capture?.flush()
        evidence?.flush()
        outlet.streamEnded()
        hasEnded = true
    }

    mutating func tick(now: Timestamp) {
        assembler?.tick(now: now)
        handOnClosed()
        capture?.flush()
        evidence?.flush()
        outlet.publish(
            assembler?.counters, unknownFeatures: assembler?.unknownFeatures ?? [], lastArrival: lastArrival,
            latestEvent: assembler?.latestEvent)
        guard let assembler else { return }
        let due = (lastCheckpoint ?? now).advanced(by: checkpointNanoseconds)
        if lastCheckpoint == nil || now >= due {
            lastCheckpoint = now
            outlet.send(.checkpoint(assembler.checkpoint()))
        }
    }

    private mutating func handOnClosed() {
        guard assembler?.hasClosed == true, let panes = assembler?.takeClosed(),
            let checkpoint = assembler?.checkpoint()
        else { return }
        outlet.send(.closed(panes, checkpoint))
    }

    /// Hands over the rows that are still to be kept.
    ///
    /// - Returns: what is open now, to be saved before the agent ends.
    mutating func finish() -> PaneCheckpoint? {
        capture?.flush()
        evidence?.flush()
        return assembler?.checkpoint()
    }
}

/// The first rows of a stream, until there are enough to build a reference from.
private struct WarmUp {
    let rows: Int
    private(set) var batches: [RowBatch] = []
    private var inputs = 0
    private var answers = 0

    init(rows: Int) { self.rows = rows }

    var isComplete: Bool { max(inputs, answers) >= rows }

    mutating func add(_ batch: borrowing RowBatch) {
        batches.append(copy batch)
        if batch.parts.contains(.features) { inputs += batch.count }
        if batch.parts.contains(.predictions) { answers += batch.count }
    }
}
