import Foundation

// Times the rollouts' parts of docs/benchmarks.md: ticks over many rollouts, by the rules alone and through the registry's
// store, and the assignment of units. One JSON object a line.
//
// Arguments: a folder to make a registry in; how many rollouts.

/// The median of the seconds that `body` takes.
func seconds(repeats: Int, _ body: () async throws -> Void) async rethrows -> Double {
    var times: [Double] = []
    for _ in 0..<repeats {
        let begin = ContinuousClock.now
        try await body()
        times.append((.now - begin) / .seconds(1))
    }
    return times.sorted()[repeats / 2]
}

func report(_ what: String, _ value: Double) {
    print("{\"what\": \"\(what)\", \"value\": \(value)}")
}

let folder = CommandLine.arguments[1]
let count = Int(CommandLine.arguments[2])!
try await timeAssignment()
try await timeRules(rollouts: count)
try await timeStore(rollouts: count, in: folder)
