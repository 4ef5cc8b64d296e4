import Drift
import Streams
import Synchronization
import Testing

struct QuarantineTests {
    private func message(
        _ second: Int64, _ reason: String = "bad_json", topic: String = "rows/m/", bytes: Int = 10
    )
        -> QuarantinedMessage
    {
        QuarantinedMessage(
            received: Timestamp(nanoseconds: second * 1_000_000_000), topic: topic, reason: reason,
            detail: "",
            frames: [Array(repeating: 0, count: bytes)])
    }

    private func seconds(_ messages: [QuarantinedMessage]) -> [Int64] {
        messages.map { $0.received.nanoseconds / 1_000_000_000 }
    }

    @Test func `the oldest make way for the newest`() {
        var limits = Quarantine.Limits()
        limits.messages = 3
        let quarantine = Quarantine(limits: limits) { _ in }
        for second in 1...10 { quarantine.add(message(Int64(second))) }
        #expect(seconds(quarantine.messages) == [10, 9, 8])
    }

    @Test func `bytes are bounded too, and of a giant only the reason stays`() {
        var limits = Quarantine.Limits()
        limits.bytes = 25
        let quarantine = Quarantine(limits: limits) { _ in }
        for second in 1...3 { quarantine.add(message(Int64(second))) }
        #expect(seconds(quarantine.messages) == [3, 2])
        quarantine.add(message(4, bytes: 26))
        #expect(seconds(quarantine.messages) == [4, 3, 2])
        #expect(quarantine.messages.first?.frames == [])
    }

    @Test func `the first of a topic and reason in each minute is reported`() {
        let reported = Mutex<[Int64]>([])
        let quarantine = Quarantine { message in reported.withLock { $0 += [message.received.nanoseconds] } }
        quarantine.add(message(0))
        quarantine.add(message(59))
        quarantine.add(message(59, "wrong_shape"))
        quarantine.add(message(59, topic: "rows/n/"))
        quarantine.add(message(60))
        #expect(reported.withLock { $0 } == [0, 59, 59, 60].map { $0 * 1_000_000_000 })
    }

    @Test func `topics made up by the thousand do not make a log of thousands`() {
        let reports = Mutex(0)
        let quarantine = Quarantine { _ in reports.withLock { $0 += 1 } }
        for i in 0..<5000 { quarantine.add(message(1, topic: "rows/\(i)/")) }
        #expect(reports.withLock { $0 } == 1024)
        quarantine.add(message(61, topic: "rows/x/"))
        #expect(reports.withLock { $0 } == 1025)
    }
}
