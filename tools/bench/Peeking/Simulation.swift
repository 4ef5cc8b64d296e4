import Statistics

/// A kind of rollout with the tests that look at it.
protocol Simulation: Sendable {
    static var tests: [String] { get }

    /// One rollout's first alarms, of each test.
    func rollout(hasEffect: Bool, _ random: inout SplitMix64) -> [FirstAlarm]
}

/// Of one test in one rollout.
struct FirstAlarm {
    /// `nil` while there was none.
    private(set) var look: Int?

    mutating func observe(_ isAlarmed: Bool, at look: Int) {
        if isAlarmed, self.look == nil { self.look = look }
    }
}

/// How many rollouts a test raised an alarm in, and when.
struct Tally: Sendable {
    private var rollouts = 0
    private var alarms = 0
    private var looks = 0

    mutating func add(_ alarm: FirstAlarm) {
        rollouts += 1
        alarms += alarm.look == nil ? 0 : 1
        looks += alarm.look ?? 0
    }

    mutating func merge(_ other: Tally) {
        rollouts += other.rollouts
        alarms += other.alarms
        looks += other.looks
    }

    var share: Double { Double(alarms) / Double(rollouts) }
    var standardError: Double { (share * (1 - share) / Double(rollouts)).squareRoot() }
    /// Of the rollouts with an alarm; NaN without.
    var meanLook: Double { Double(looks) / Double(alarms) }
}

/// What a test does where there is nothing to find, and where there is.
struct OperatingCharacteristic {
    let underNull: Tally
    let underEffect: Tally
}

extension Simulation {
    /// Of each test: 20,000 rollouts without an effect and 5,000 with one.
    func characteristics() async -> [OperatingCharacteristic] {
        let null = await tallies(rollouts: 20_000, hasEffect: false)
        let effect = await tallies(rollouts: 5000, hasEffect: true)
        return zip(null, effect).map(OperatingCharacteristic.init)
    }

    /// On all cores; each rollout has a seed of its own, so that their number does not matter.
    private func tallies(rollouts: Int, hasEffect: Bool) async -> [Tally] {
        await withTaskGroup(of: [Tally].self) { group in
            for start in stride(from: 0, to: rollouts, by: 250) {
                let seeds = start..<min(start + 250, rollouts)
                group.addTask { tallies(seeds: seeds, hasEffect: hasEffect) }
            }
            return await group.reduce(into: Self.noTallies) { sum, part in
                for index in sum.indices { sum[index].merge(part[index]) }
            }
        }
    }

    private func tallies(seeds: Range<Int>, hasEffect: Bool) -> [Tally] {
        seeds.reduce(into: Self.noTallies) { tallies, seed in
            var seeds = SplitMix64(state: UInt64(seed))
            var random = SplitMix64(state: seeds.next())
            let alarms = rollout(hasEffect: hasEffect, &random)
            for index in tallies.indices { tallies[index].add(alarms[index]) }
        }
    }

    private static var noTallies: [Tally] { tests.map { _ in Tally() } }
}
