import Drift
import Foundation
import Synchronization
import Testing

@testable import Capture

struct CaptureRecorderTests {
    @Test func `rows go from the receiving thread to the disk`() async throws {
        try await withState { folder in
            let recorder = CaptureRecorder(
                state: folder, model: "m", limits: CaptureLimits(), schema: nil, clock: { at(0) })
            let running = Task { await recorder.run() }
            var intake = CaptureIntake(outlet: recorder.outlet)
            for number in 0..<1000 { intake.consume(answers(["\(number)"]), arrival: at(0)) }
            intake.flush()
            recorder.outlet.finish()
            await running.value
            let reader = try CaptureReader(state: folder, model: "m")
            #expect(try await reader.maturity(of: CaptureSpan()).rows == 1000)
        }
    }

    @Test func `what comes faster than it is stored is dropped whole, and counted`() async throws {
        try await withState { folder in
            let outlet = CaptureOutlet(capacity: 10_000)
            for number in 0..<10 {
                let ids = (0..<100).map { "\(number)-\($0)" }
                outlet.send(CaptureHandOver([CapturePart(answers(ids), arrival: at(0))]))
            }
            let store = try CaptureStore(state: folder, model: "m", now: at(0))
            while let handOver = outlet.take() { _ = try await store.append(handOver, now: at(0)) }
            let counters = store.figures.counters
            #expect(counters[.overrun] > 0)
            #expect(counters[.overrun].isMultiple(of: 100))
            #expect(counters[.stored] + counters[.overrun] == 1000)
        }
    }

    @Test func `what was dropped is not taken for stored while what came before it waits`() {
        let outlet = CaptureOutlet(capacity: 10_000)
        for number in 0..<10 {
            let ids = (0..<100).map { "\(number)-\($0)" }
            outlet.send(CaptureHandOver([CapturePart(answers(ids), arrival: at(0))]))
        }
        #expect(outlet.sent == 10)
        #expect(outlet.taken == 0)
        while outlet.take() != nil {}
        #expect(outlet.taken == 10)
    }

    @Test func `a store that cannot be opened stops capture, and says so once`() async throws {
        try await withState { folder in
            try Data().write(to: URL(fileURLWithPath: folder + "/capture"))
            let told = Mutex<[CaptureRecorder.Change]>([])
            let recorder = CaptureRecorder(
                state: folder, model: "m", limits: CaptureLimits(), schema: nil, clock: { at(0) },
                report: { change in told.withLock { $0.append(change) } })
            let running = Task { await recorder.run() }
            var intake = CaptureIntake(outlet: recorder.outlet)
            for number in 0..<10 {
                intake.consume(answers(["\(number)"]), arrival: at(0))
                intake.flush()
            }
            recorder.outlet.finish()
            await running.value
            #expect(told.withLock { $0.count } == 1)
            #expect(await recorder.failure != nil)
        }
    }

    @Test func `the intake takes the sample's rows alone`() {
        let sample = CaptureSample(rate: 0.25)
        let outlet = CaptureOutlet(sample: sample)
        var intake = CaptureIntake(outlet: outlet)
        let ids = (0..<1000).map { "\($0)" }
        intake.consume(answers(ids), arrival: at(0))
        intake.consume(labels(ids), arrival: at(0))
        intake.flush()
        let parts = outlet.take()?.parts ?? []
        #expect(parts.map(\.rows.count).count == 2)
        #expect(parts[0].hashes == parts[1].hashes)
        #expect(parts[0].hashes.allSatisfy(sample.contains))
    }
}
