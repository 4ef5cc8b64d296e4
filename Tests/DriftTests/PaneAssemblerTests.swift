import Drift
import Foundation
import Statistics
import Testing

private let tens = try! Reference.of(.x((0..<10).map { Double($0) }))
private let scored = try! Reference.of(
    RowBatch(.numbers("x", [1, 2]), .numbers("score", [0.1, 0.2], part: .predictions)))

/// Rows of `x`, one at each time.
private func rows(at times: Timestamp?...) -> RowBatch { rows(times) }

private func rows(_ times: [Timestamp?]) -> RowBatch {
    .x(times.indices.map { Double($0 % 10) }, times: times)
}

private func answers(_ count: Int, times: [Timestamp?] = [], ids: [String] = []) -> RowBatch {
    RowBatch(.numbers("score", (0..<count).map { _ in 0.1 }, part: .predictions), times: times, ids: ids)
}

extension WindowPlan {
    /// Panes of an hour, by the clock of the rows.
    fileprivate static func hourly(
        offset: Int64 = 0, lateness: Int64 = 0, idle: Int64? = nil, clock: Clock = .event
    ) -> WindowPlan {
        WindowPlan(
            length: .nanoseconds(hour), offsetNanoseconds: offset, latenessNanoseconds: lateness,
            idleNanoseconds: idle, clock: clock)
    }
}

extension PaneAssembler {
    fileprivate init(_ plan: WindowPlan, over reference: Reference = tens) {
        self.init(reference: reference, plan: plan)
    }

    fileprivate mutating func add(_ batch: RowBatch, _ arrival: String = "2026-01-01T00:00:00Z") {
        add(batch, arrival: at(arrival))
    }

    /// Start, end and rows of the panes closed since the last call.
    fileprivate mutating func closed() -> [String] { takeClosed().map(\.line) }
}

extension Pane {
    fileprivate var line: String { "\(start) \(end) \(profile.rows)" }
}

@Suite struct PaneAssemblerTests {
    // MARK: Panes of time

    @Test func `panes are aligned to the epoch and close when the watermark passes their end`() {
        var assembler = PaneAssembler(.hourly())
        assembler.add(rows(at: at("2013-01-01T10:15:00Z"), at("2013-01-01T10:59:59.999999999Z")))
        #expect(!assembler.hasClosed)
        assembler.add(rows(at: at("2013-01-01T11:00:00Z")))
        #expect(assembler.hasClosed)
        #expect(assembler.closed() == ["2013-01-01T10:00:00Z 2013-01-01T11:00:00Z 2"])
        #expect(assembler.takeClosed().isEmpty)
        #expect(assembler.openPanes().map(\.line) == ["2013-01-01T11:00:00Z 2013-01-01T12:00:00Z 1"])
    }

    @Test func `an offset lets days begin where they do`() {
        let plan = WindowPlan(length: .nanoseconds(day), offsetNanoseconds: 5 * hour, clock: .event)
        var assembler = PaneAssembler(plan)
        assembler.add(
            rows(at: at("2013-01-02T04:59:59Z"), at("2013-01-02T05:00:00Z"), at("2013-01-03T05:00:00Z")))
        #expect(
            assembler.closed() == [
                "2013-01-01T05:00:00Z 2013-01-02T05:00:00Z 1", "2013-01-02T05:00:00Z 2013-01-03T05:00:00Z 1",
            ])
    }

    @Test func `rows may come out of order by the lateness, later ones are counted and left out`() {
        var assembler = PaneAssembler(.hourly(lateness: 10 * minute))
        assembler.add(rows(at: at("2013-01-01T10:30:00Z"), at("2013-01-01T11:09:59Z")))
        assembler.add(rows(at: at("2013-01-01T10:59:00Z")))
        #expect(!assembler.hasClosed)
        assembler.add(
            rows(at: at("2013-01-01T11:10:00Z"), at("2013-01-01T10:59:59Z"), at("2013-01-01T11:00:00Z")))
        #expect(assembler.closed() == ["2013-01-01T10:00:00Z 2013-01-01T11:00:00Z 2"])
        #expect(assembler.openPanes().map(\.profile.rows) == [3])
        #expect((assembler.counters.rows, assembler.counters.late) == (6, 1))
    }

    @Test func `silent hours make no panes`() {
        var assembler = PaneAssembler(.hourly())
        assembler.add(rows(at: at("2013-01-01T10:30:00Z"), at("2013-01-01T17:30:00Z")))
        assembler.closeAll()
        #expect(
            assembler.closed() == [
                "2013-01-01T10:00:00Z 2013-01-01T11:00:00Z 1", "2013-01-01T17:00:00Z 2013-01-01T18:00:00Z 1",
            ])
    }

    @Test func `when the stream ends, what is open closes and is not opened again`() {
        var assembler = PaneAssembler(.hourly(lateness: hour))
        assembler.add(rows(at: at("2013-01-01T10:30:00Z"), at("2013-01-01T11:30:00Z")))
        assembler.closeAll()
        #expect(assembler.closed().count == 2)
        assembler.add(rows(at: at("2013-01-01T11:59:00Z"), at("2013-01-01T12:00:00Z")))
        #expect(assembler.counters.late == 1)
        #expect(assembler.openPanes().count == 1)
        assembler.closeAll()
        assembler.closeAll()
        #expect(assembler.closed().count == 1)
    }

    @Test(arguments: [
        ("1700-01-01T00:30:00Z", "1700-01-01T00:00:00Z", "1700-01-01T01:00:00Z"),
        ("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:00:00Z", "1970-01-01T00:00:00Z"),
        ("2261-06-01T10:00:00Z", "2261-06-01T10:00:00Z", "2261-06-01T11:00:00Z"),
        ("2262-04-11T23:47:16.854775807Z", "2262-04-11T23:00:00Z", "2262-04-11T23:47:16.854775807Z"),
        ("1677-09-21T00:12:43.145224192Z", "1677-09-21T00:12:43.145224192Z", "1677-09-21T01:00:00Z"),
    ])
    func `times as far as they go have their pane`(time: String, start: String, end: String) {
        var assembler = PaneAssembler(.hourly())
        assembler.add(rows(at: at(time)))
        assembler.closeAll()
        #expect(assembler.closed() == ["\(start) \(end) 1"])
    }

    @Test func `a sliding window's panes are its steps`() {
        let plan = WindowPlan(length: .nanoseconds(3 * hour), step: .nanoseconds(hour), clock: .event)
        var assembler = PaneAssembler(plan)
        assembler.add(rows((0..<5).map { at($0 * hour) }))
        #expect(assembler.takeClosed().map(\.index) == [0, 1, 2, 3])
    }

    // MARK: Clocks

    @Test func `a row too far ahead of the arrival clock is refused and closes nothing`() {
        var assembler = PaneAssembler(.hourly(clock: .arrival))
        assembler.add(rows(at: at("2026-01-01T10:10:00Z")), "2026-01-01T10:10:00Z")
        assembler.add(
            rows(at: at("2099-01-01T00:00:00Z"), at("2026-01-01T11:10:00.000000001Z")), "2026-01-01T10:10:00Z"
        )
        #expect(!assembler.hasClosed)
        #expect(assembler.counters.future == 2)
        assembler.add(rows(at: at("2026-01-01T11:10:00Z")), "2026-01-01T10:10:00Z")
        #expect(assembler.closed() == ["2026-01-01T10:00:00Z 2026-01-01T11:00:00Z 1"])
        #expect((assembler.counters.rows, assembler.counters.future) == (4, 2))
    }

    @Test func `by the clock of the rows no time is in the future`() {
        var assembler = PaneAssembler(.hourly())
        assembler.add(
            rows(at: at("2013-01-01T10:10:00Z"), at("2099-01-01T00:00:00Z")), "2026-01-01T10:10:00Z")
        #expect(assembler.counters.future == 0)
        #expect(assembler.closed().count == 1)
    }

    @Test func `panes close after the idle time by the wall clock`() {
        var assembler = PaneAssembler(.hourly(idle: 5 * minute))
        assembler.add(rows(at: at("2013-01-01T10:10:00Z")), "2026-01-01T00:00:00Z")
        assembler.tick(now: at("2026-01-01T00:04:59Z"))
        #expect(!assembler.hasClosed)
        assembler.tick(now: at("2026-01-01T00:05:00Z"))
        #expect(assembler.closed() == ["2013-01-01T10:00:00Z 2013-01-01T11:00:00Z 1"])
        assembler.tick(now: at("2026-01-01T00:30:00Z"))
        #expect(!assembler.hasClosed)
        assembler.add(rows(at: at("2013-01-01T10:20:00Z")), "2026-01-01T01:00:00Z")
        #expect(assembler.counters.late == 1)
    }

    @Test func `without an idle time silence closes nothing, nor does it close panes of rows`() {
        for plan in [
            WindowPlan.hourly(), WindowPlan(length: .rows(5), idleNanoseconds: minute, clock: .event),
        ] {
            var assembler = PaneAssembler(plan)
            assembler.add(rows(at: at("2013-01-01T10:10:00Z")))
            assembler.tick(now: at("2027-01-01T00:00:00Z"))
            #expect(!assembler.hasClosed)
        }
    }

    // MARK: Times of requests

    @Test func `an answer without a time takes its request's`() {
        var assembler = PaneAssembler(.hourly(lateness: hour, clock: .arrival), over: scored)
        let inputs = RowBatch(
            .numbers("x", [1, 2]), times: [at("2026-01-01T10:10:00Z"), at("2026-01-01T11:10:00Z")],
            ids: ["a", "b"])
        assembler.add(inputs, "2026-01-01T11:10:00Z")
        assembler.add(answers(3, ids: ["a", "b", "unknown"]), "2026-01-01T11:30:00Z")
        assembler.closeAll()
        let panes = assembler.takeClosed()
        #expect(panes.map(\.profile.rows) == [1, 1])
        #expect(panes.map(\.profile.predictions) == [1, 2])
    }

    @Test func `one id stands for all the rows of a batch`() {
        var assembler = PaneAssembler(.hourly(lateness: hour, clock: .arrival), over: scored)
        assembler.add(
            RowBatch(.numbers("x", [1, 2, 3]), times: [at("2026-01-01T10:10:00Z")], ids: ["a"]),
            "2026-01-01T10:10:00Z")
        assembler.add(answers(3, ids: ["a"]), "2026-01-01T11:05:00Z")
        #expect(assembler.openPanes().map(\.profile.predictions) == [3])
        #expect(assembler.counters.predictions == 3)
    }

    @Test func `a row without any time came when it arrived`() {
        var assembler = PaneAssembler(.hourly(clock: .arrival))
        assembler.add(.x([1]), "2026-01-01T10:10:00Z")
        assembler.add(rows(at: nil, at("2026-01-01T10:20:00Z")), "2026-01-01T10:30:00Z")
        #expect(assembler.openPanes().map(\.line) == ["2026-01-01T10:00:00Z 2026-01-01T11:00:00Z 3"])
    }

    @Test func `in a replay a row without any time is as old as the stream`() {
        var assembler = PaneAssembler(.hourly(), over: scored)
        assembler.add(
            RowBatch(.numbers("x", [1]), times: [at("2013-01-01T10:10:00Z")], ids: ["a"]),
            "2026-01-01T10:10:00Z")
        assembler.add(answers(1, ids: ["unknown"]), "2026-01-01T10:10:00Z")
        assembler.add(rows(at: at("2013-01-01T10:50:00Z")), "2026-01-01T10:10:00Z")
        #expect(assembler.openPanes().map(\.profile.rows) == [2])
        #expect(assembler.openPanes().map(\.profile.predictions) == [1])
        #expect(assembler.counters.late == 0)
    }

    // MARK: Panes of rows

    @Test func `batches straddle panes of rows`() {
        var assembler = PaneAssembler(WindowPlan(length: .rows(5), clock: .event))
        for (count, first) in [(3, 0), (8, 10), (1, 20)] as [(Int, Int64)] {
            assembler.add(rows((0..<count).map { at(first + Int64($0)) }))
        }
        assembler.closeAll()
        let panes = assembler.takeClosed()
        #expect(panes.map(\.index) == [0, 1, 2])
        #expect(panes.map(\.profile.rows) == [5, 5, 2])
        #expect(
            panes.map { [$0.start, $0.end] } == [[at(0), at(11)], [at(12), at(16)], [at(17), at(20)]])
    }

    @Test func `the times of a pane of rows are its earliest and latest`() {
        var assembler = PaneAssembler(WindowPlan(length: .rows(4), clock: .event))
        assembler.add(rows(at: at(30), at(10), at(50), at(20)))
        #expect(assembler.takeClosed().map { [$0.start, $0.end] } == [[at(10), at(50)]])
    }

    @Test func `inputs fill a pane of rows, answers in batches of their own join them`() {
        var assembler = PaneAssembler(WindowPlan(length: .rows(4), clock: .event), over: scored)
        for _ in 0..<6 {
            assembler.add(.x([1, 2]))
            assembler.add(answers(2))
        }
        let panes = assembler.takeClosed()
        #expect(panes.map(\.profile.rows) == [4, 4, 4])
        #expect(panes.map(\.profile.predictions) == [2, 4, 4])
        #expect(assembler.openPanes().map(\.profile.predictions) == [2])
    }

    @Test func `where no inputs come, answers fill a pane of rows`() {
        var assembler = PaneAssembler(WindowPlan(length: .rows(4), clock: .event), over: scored)
        assembler.add(answers(10))
        #expect(assembler.takeClosed().map(\.profile.predictions) == [4, 4])
        assembler.add(RowBatch(.numbers("y", [1, 2, 3, 4, 5], part: .labels)))
        #expect(assembler.openPanes().map(\.profile.labels) == [5])
    }

    // MARK: Losses and versions

    @Test func `a loss falls on all open panes, or on the next where none is open`() {
        var assembler = PaneAssembler(.hourly(lateness: hour))
        assembler.missed(messages: 2)
        assembler.add(rows(at: at("2013-01-01T10:10:00Z"), at("2013-01-01T11:10:00Z")))
        assembler.missed(messages: 3)
        assembler.add(rows(at: at("2013-01-01T12:10:00Z")))
        assembler.closeAll()
        #expect(assembler.takeClosed().map(\.missed) == [5, 3, 0])
    }

    @Test func `panes that were open when the stream was joined are partial, and the one that opens first`() {
        var assembler = PaneAssembler(.hourly())
        assembler.joined()
        assembler.add(rows(at: at("2013-01-01T10:10:00Z"), at("2013-01-01T11:10:00Z")))
        assembler.joined()
        assembler.add(rows(at: at("2013-01-01T11:20:00Z"), at("2013-01-01T12:10:00Z")))
        assembler.joined()
        assembler.add(rows(at: at("2013-01-01T13:10:00Z"), at("2013-01-01T14:10:00Z")))
        assembler.closeAll()
        #expect(assembler.takeClosed().map(\.partial) == [true, true, true, true, false])
    }

    @Test func `a pane names the versions it saw, in order`() {
        var assembler = PaneAssembler(.hourly())
        for version in ["2", nil, "10", "2"] { assembler.add(.x([1], times: [at(0)], version: version)) }
        #expect(assembler.openPanes().map(\.versions) == [["10", "2", "unknown"]])
    }

    @Test func `features that the reference does not have are named`() {
        var assembler = PaneAssembler(.hourly())
        assembler.add(RowBatch(.numbers("x", [1]), .numbers("z", [1]), .numbers("y", [1]), times: [at(0)]))
        #expect(assembler.unknownFeatures == ["y", "z"])
    }

    @Test func `an empty batch changes nothing`() {
        var assembler = PaneAssembler(.hourly())
        assembler.add(.x([], times: []))
        assembler.closeAll()
        #expect(!assembler.hasClosed && assembler.counters == PaneAssembler.Counters())
    }

    // MARK: Any split, and restarts

    private static let plans = [
        WindowPlan.hourly(lateness: 30 * minute), .hourly(offset: 25 * minute, lateness: 0, clock: .arrival),
        WindowPlan(length: .rows(24), step: .rows(6), clock: .event),
    ]

    /// Rows in order of time but for jitter, some without a time, some too late or too early.
    private static func stream(_ random: inout SplitMix64) -> RowBatch {
        let start = at("2026-01-01T00:00:00Z")
        return rows(
            (0..<150).map { row in
                let jitter: Int64 =
                    switch random.below(12) {
                    case 0: -3 * hour
                    case 1: 30 * hour
                    default: Int64(random.below(40)) * minute
                    }
                return random.below(20) == 0 ? nil : start.advanced(by: Int64(row) * 4 * minute + jitter)
            })
    }

    @Test(arguments: plans)
    fileprivate func `any split of a stream into batches gives the same panes`(plan: WindowPlan) {
        var random = SplitMix64(1)
        for _ in 0..<15 {
            let stream = Self.stream(&random)
            var whole = PaneAssembler(plan)
            whole.add(stream, "2026-01-01T04:00:00Z")
            whole.closeAll()
            var parts = PaneAssembler(plan)
            for part in stream.split(&random) { parts.add(part, "2026-01-01T04:00:00Z") }
            parts.closeAll()
            #expect(parts.takeClosed() == whole.takeClosed())
            #expect(parts.counters == whole.counters)
        }
    }

    @Test(arguments: plans)
    fileprivate func `resuming a checkpoint counts as if nothing had happened`(plan: WindowPlan) throws {
        var random = SplitMix64(2)
        for _ in 0..<10 {
            let parts = Self.stream(&random).split(&random)
            var whole = PaneAssembler(plan)
            var resumed = PaneAssembler(plan)
            var (panes, partial): ([Pane], Set<Int64>) = ([], [])
            for part in parts {
                whole.add(part, "2026-01-01T04:00:00Z")
                partial.formUnion(resumed.openPanes().map(\.index))
                let json = try JSONEncoder().encode(resumed.checkpoint())
                let checkpoint = try JSONDecoder().decode(PaneCheckpoint.self, from: json)
                #expect(checkpoint == resumed.checkpoint())
                resumed = try #require(PaneAssembler(reference: tens, plan: plan, resuming: checkpoint))
                resumed.add(part, "2026-01-01T04:00:00Z")
                panes += resumed.takeClosed()
            }
            whole.closeAll()
            resumed.closeAll()
            panes += resumed.takeClosed()
            #expect(panes.map(\.profile) == whole.takeClosed().map(\.profile))
            #expect(resumed.counters == whole.counters)
            #expect(partial.isSubset(of: panes.filter(\.partial).map(\.index)))
        }
    }

    @Test func `a pane that opens after a restart lacks what was sent in between`() throws {
        var assembler = PaneAssembler(.hourly())
        assembler.add(rows(at: at("2013-01-01T10:10:00Z")))
        let checkpoint = assembler.checkpoint()
        func partial(after first: String) throws -> [Bool] {
            var resumed = try #require(
                PaneAssembler(reference: tens, plan: .hourly(), resuming: checkpoint))
            resumed.add(rows(at: at(first), at("2013-01-01T15:00:00Z")))
            resumed.closeAll()
            return resumed.takeClosed().map(\.partial)
        }
        #expect(try partial(after: "2013-01-01T10:20:00Z") == [true, false])
        #expect(try partial(after: "2013-01-01T11:30:00Z") == [true, true, false])
    }

    @Test func `after a restart too silence closes panes`() throws {
        var assembler = PaneAssembler(.hourly(idle: minute))
        assembler.add(rows(at: at("2013-01-01T10:10:00Z")))
        var resumed = try #require(
            PaneAssembler(reference: tens, plan: .hourly(idle: minute), resuming: assembler.checkpoint())
        )
        resumed.tick(now: at(0))
        resumed.tick(now: at(59 * second))
        #expect(!resumed.hasClosed)
        resumed.tick(now: at(60 * second))
        #expect(resumed.takeClosed().map(\.partial) == [true])
    }

    @Test func `a checkpoint of another reference or plan is not taken up`() throws {
        var assembler = PaneAssembler(.hourly())
        assembler.add(rows(at: at(0)))
        let checkpoint = assembler.checkpoint()
        #expect(PaneAssembler(reference: scored, plan: .hourly(), resuming: checkpoint) == nil)
        #expect(
            PaneAssembler(reference: tens, plan: .hourly(offset: minute), resuming: checkpoint) == nil)
        #expect(
            PaneAssembler(reference: tens, plan: WindowPlan(length: .rows(5)), resuming: checkpoint)
                == nil)
        #expect(
            PaneAssembler(reference: tens, plan: .hourly(lateness: minute), resuming: checkpoint) != nil)
    }

    // MARK: Another reference

    private func counted(_ panes: [Pane]) -> [String] {
        panes.map {
            "\($0.index - panes[0].index) \($0.profile.reference == tens.id ? "tens" : "scored") \($0.profile.rows)"
        }
    }

    @Test
    func `another reference counts from the next pane on; what is open, and all before it, keeps its own`() {
        var assembler = PaneAssembler(.hourly(lateness: 2 * hour))
        assembler.add(rows(at: at(0), at(hour)))
        assembler.adopt(scored)
        #expect(assembler.reference.id == scored.id)
        // An hour before those that are open, those, the next.
        assembler.add(rows(at: at(-hour), at(hour), at(2 * hour), at(2 * hour)))
        assembler.closeAll()
        #expect(counted(assembler.takeClosed()) == ["0 tens 1", "1 tens 1", "2 tens 2", "3 scored 2"])
        assembler.add(rows(at: at(9 * hour)))
        #expect(assembler.openPanes().map(\.profile.reference) == [scored.id])
    }

    @Test func `a pane of rows is filled over the reference it began with`() {
        var assembler = PaneAssembler(WindowPlan(length: .rows(3)))
        assembler.add(rows(at: at(0), at(1)))
        assembler.adopt(scored)
        assembler.add(rows(at: at(2), at(3), at(4), at(5)))
        #expect(counted(assembler.takeClosed()) == ["0 tens 3", "1 scored 3"])
    }

    @Test func `a reference that no pane was opened for is passed over`() {
        var assembler = PaneAssembler(.hourly())
        assembler.add(rows(at: at(0)))
        assembler.adopt(scored)
        assembler.adopt(tens)
        assembler.add(rows(at: at(hour)))
        #expect(
            (assembler.takeClosed() + assembler.openPanes()).map(\.profile.reference) == [tens.id, tens.id])
    }

    @Test func `of panes over several references those that fit are taken up`() throws {
        var assembler = PaneAssembler(.hourly(lateness: hour))
        assembler.add(rows(at: at(0)))
        assembler.adopt(scored)
        assembler.add(rows(at: at(hour)))
        let resumed = try #require(
            PaneAssembler(reference: tens, plan: .hourly(lateness: hour), resuming: assembler.checkpoint()))
        #expect(resumed.openPanes().map(\.profile.reference) == [tens.id])
    }
}

extension RowBatch {
    /// The same rows in batches of 1 to 30.
    fileprivate func split(_ random: inout SplitMix64) -> [RowBatch] {
        var (parts, start): ([RowBatch], Int) = ([], 0)
        while start < count {
            let end = min(count, start + 1 + random.below(30))
            parts.append(selecting(Array(start..<end)))
            start = end
        }
        return parts
    }
}
