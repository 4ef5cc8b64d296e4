import Drift
import Statistics

// The detectors of concept drift: what a loss costs them, how often they cry wolf, and how soon they see a change.

/// A detector, or something as simple that it must beat.
struct Contestant: Sendable {
    let name: String
    /// Makes one at its start: it says whether a loss is a drift.
    let make: @Sendable () -> (Double) -> Bool

    static let detectors = LossDetector.Kind.allCases.map { kind in
        Contestant(name: kind.rawValue) {
            var detector = LossDetector(kind)
            return { detector.observe($0) == .drift }
        }
    }

    /// Alarms every so many losses, whatever they are.
    static func clockwork(_ period: Int) -> Contestant {
        Contestant(name: period == 1 ? "always" : "every \(period)") {
            var count = 0
            return { _ in
                count += 1
                return count.isMultiple(of: period)
            }
        }
    }

    static let all = detectors + [clockwork(1), clockwork(500)]
}

/// Losses of 0 and 1 of which `rate` are errors. `persistence` is by how much the chance of an error is higher
/// after an error than after none; with 0 the losses are independent.
struct ErrorStream {
    var rate: (Int) -> Double
    var persistence = 0.0
    var length: Int

    func losses(seed: UInt64) -> [Double] {
        var random = SplitMix64(state: seed &* 0x9E37_79B9)
        var last = 0.0
        return (0..<length).map { index in
            let chance = rate(index) * (1 - persistence) + last * persistence
            last = Double.random(in: 0..<1, using: &random) < chance ? 1 : 0
            return last
        }
    }
}

/// Losses in [0, 1] that change nothing, as squared errors spread: most small, few large.
func squaredErrors(_ length: Int, seed: UInt64) -> [Double] {
    var random = SplitMix64(state: seed &* 0x9E37_79B9)
    return (0..<length).map { _ in
        let error = Double.random(in: 0..<1, using: &random)
        return error * error
    }
}

/// What became of many streams that change at one moment.
struct Outcome {
    var falseAlarms = 0
    var delays: [Int] = []
    var missed = 0

    static let tolerance = 1000

    /// The first alarm within the tolerance finds the change; all others are false.
    mutating func add(_ alarms: [Int], change: Int) {
        let first = alarms.first { $0 >= change && $0 < change + Outcome.tolerance }
        falseAlarms += alarms.count - (first == nil ? 0 : 1)
        if let first { delays.append(first - change) } else { missed += 1 }
    }

    var foundShare: Double { Double(delays.count) / Double(delays.count + missed) }
    var medianDelay: Int? { delays.isEmpty ? nil : delays.sorted()[delays.count / 2] }
}

let changeStep = 5000
let trials: UInt64 = 200

func alarms(_ contestant: Contestant, _ losses: [Double]) -> [Int] {
    let observe = contestant.make()
    return losses.indices.filter { observe(losses[$0]) }
}

/// Alarms in 10,000 losses of streams in which nothing changes.
func alarmsPerTenThousand(_ contestant: Contestant, _ losses: (UInt64) -> [Double]) -> Double {
    let streams = (0..<trials).map(losses)
    let total = streams.reduce(0) { $0 + alarms(contestant, $1).count }
    return Double(total) * 10_000 / Double(streams.reduce(0) { $0 + $1.count })
}

func outcome(_ contestant: Contestant, _ stream: ErrorStream) -> Outcome {
    (0..<trials).reduce(into: Outcome()) {
        $0.add(alarms(contestant, stream.losses(seed: $1)), change: changeStep)
    }
}

/// Prints the table of docs/statistics.md.
func printDetectorTable() {
    let length = 10_000
    let still = ErrorStream(rate: { _ in 0.2 }, length: length)
    let bursts = ErrorStream(rate: { _ in 0.2 }, persistence: 0.5, length: length)
    let abrupt = ErrorStream(rate: { $0 < changeStep ? 0.2 : 0.4 }, length: changeStep + Outcome.tolerance)
    let gradual = ErrorStream(
        rate: { 0.2 + 0.2 * min(1, max(0, Double($0 - changeStep) / 1000)) },
        length: changeStep + Outcome.tolerance)
    print("| detector | independent | in bursts | squared | found | delay | found | delay |")
    print("|---|---|---|---|---|---|---|---|")
    for contestant in Contestant.all {
        let quiet = [still.losses, bursts.losses, { squaredErrors(length, seed: $0) }]
            .map { decimal(alarmsPerTenThousand(contestant, $0)) }
        let found = [abrupt, gradual].map { outcome(contestant, $0) }
            .flatMap { [percent($0.foundShare), $0.medianDelay.map(String.init) ?? "–"] }
        print("| " + (["`\(contestant.name)`"] + quiet + found).joined(separator: " | ") + " |")
    }
}

func decimal(_ value: Double) -> String {
    value >= 100 ? String(Int(value.rounded())) : String((value * 100).rounded() / 100)
}

func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

/// What a loss costs each detector, over streams that change now and then.
func timeDetectors(repeats: Int) throws {
    let stream = ErrorStream(rate: { $0 / 5000 % 2 == 0 ? 0.2 : 0.4 }, length: 100_000)
    let losses = stream.losses(seed: 1)
    for kind in LossDetector.Kind.allCases {
        var drifts = 0
        let time = seconds(repeats: repeats) {
            var detector = LossDetector(kind)
            for loss in losses where detector.observe(loss) == .drift { drifts += 1 }
        }
        try report([
            "what": "detector", "name": kind.rawValue, "drifts": drifts / (repeats + 1),
            "nanoseconds_per_loss": time * 1e9 / Double(losses.count),
        ])
    }
}
