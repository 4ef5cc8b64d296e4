package import Drift
import Foundation
import GRDB

/// Stores what a model's receiving thread hands over, and keeps the store within its bounds.
///
/// What goes wrong with the disk stays here: rows that cannot be stored are counted, and the next attempt is made
/// some seconds later.
package actor CaptureRecorder {
    package nonisolated let outlet: CaptureOutlet
    package nonisolated let model: String
    private let folder: String
    private let limits: CaptureLimits
    private var schema: ModelSchema?
    private let clock: @Sendable () -> Timestamp
    private let labelled: @Sendable ([LabelledRow]) async -> Void
    private let report: @Sendable (Change) -> Void

    private var store: CaptureStore?
    /// Why rows cannot be stored at the moment.
    package private(set) var failure: String?
    private var isHopeless = false
    private var nextAttempt: ContinuousClock.Instant?
    /// Of rows that were lost and are not yet counted in the store, their numbers alone.
    private var lost = CaptureHandOver()
    /// Of what the outlet was sent, how much is stored, or counted as lost.
    package private(set) var handled: UInt64 = 0

    package enum Change: Sendable, Equatable {
        case stopped(String)
        case resumed(rowsLost: Int)
    }

    static let pause = Duration.seconds(5)

    /// - Parameters:
    ///   - clock: the wall clock.
    ///   - labelled: takes rows whose label has met them, once they are stored.
    ///   - report: told when storing stops, and when it goes on.
    package init(
        state folder: String, model: String, limits: CaptureLimits, schema: ModelSchema?,
        clock: @escaping @Sendable () -> Timestamp,
        labelled: @escaping @Sendable ([LabelledRow]) async -> Void = { _ in },
        report: @escaping @Sendable (Change) -> Void = { _ in }
    ) {
        (self.folder, self.model, self.limits, self.schema) = (folder, model, limits, schema)
        (self.clock, self.labelled, self.report) = (clock, labelled, report)
        if case .share(let rate) = limits.sample {
            outlet = CaptureOutlet(sample: CaptureSample(rate: rate))
        } else {
            outlet = CaptureOutlet()
        }
    }

    package func adopt(_ schema: ModelSchema?) {
        self.schema = schema
        store?.adopt(schema)
    }

    /// What can be asked of the store; `nil` before it could be opened.
    package var reader: CaptureReader? { store?.reader }

    /// Of a store that could not be opened: what it lost.
    package var figures: CaptureFigures {
        var figures =
            store?.figures ?? CaptureFigures(CaptureState(clock: StoreClock(clock()), sample: outlet.sample))
        figures.counters.add(.unstorable, lost.unstorable)
        figures.counters.add(.overrun, lost.overrun)
        figures.counters.add(.withoutID, lost.withoutID)
        return figures
    }

    /// Stores until the outlet is finished and what waits there is stored.
    package func run() async {
        let ticking = Task { [outlet] in
            while !Task.isCancelled {
                outlet.wake()
                try? await Task.sleep(for: .seconds(1))
            }
        }
        for await _ in outlet.wakes { await drain() }
        await drain()
        ticking.cancel()
        try? store?.close()
    }

    private func drain() async {
        await open()
        while let handOver = outlet.take() {
            await append(handOver)
            handled = outlet.taken
            // Twice as fast as rows come, so that the bounds hold.
            await maintain(steps: 1 + 2 * handOver.rowCount / CaptureWriter.rowsAtOnce)
        }
        // What is left is done while nothing waits, a little at a time.
        for _ in 0..<50 where outlet.isEmpty {
            if await !maintain(steps: 1) { break }
        }
    }

    private func open() async {
        guard store == nil, mayAttempt else { return }
        do {
            let opened = try CaptureStore(
                state: folder, model: model, limits: limits, schema: schema, now: clock())
            store = opened
            outlet.sample = opened.figures.sample
            succeeded()
        } catch {
            isHopeless = !error.isPassing
            failed("\(error)")
        }
    }

    private var mayAttempt: Bool { !isHopeless && nextAttempt.map { ContinuousClock.now >= $0 } ?? true }

    private func append(_ handOver: CaptureHandOver) async {
        guard let store, mayAttempt else { return lost.lose(handOver) }
        var whole = handOver
        whole.append(lost)
        do {
            let rows = try await store.append(whole, now: clock())
            succeeded()
            lost = CaptureHandOver()
            if !rows.isEmpty { await labelled(rows) }
        } catch {
            lost.lose(handOver)
            failed(describe(error))
        }
    }

    /// - Returns: whether there is more to do.
    @discardableResult private func maintain(steps: Int) async -> Bool {
        guard let store, mayAttempt else { return false }
        do {
            for _ in 0..<steps {
                guard try await store.maintain(now: clock()) else { return false }
            }
            outlet.sample = store.figures.sample
            return true
        } catch {
            failed(describe(error))
            return false
        }
    }

    private func failed(_ reason: String) {
        nextAttempt = ContinuousClock.now.advanced(by: CaptureRecorder.pause)
        if failure == nil { report(.stopped(reason)) }
        failure = reason
    }

    private func succeeded() {
        if failure != nil { report(.resumed(rowsLost: lost.unstorable)) }
        (failure, nextAttempt) = (nil, nil)
    }

    private func describe(_ error: any Error) -> String {
        guard let error = error as? DatabaseError, error.resultCode == .SQLITE_FULL else { return "\(error)" }
        return "the disk is full, nothing is captured until there is room: \(store?.path ?? folder)"
    }
}
