import Foundation

// Prints how often tests raise an alarm in simulated rollouts that are looked at again and again: one of two tables of
// docs/benchmarks.md.

switch CommandLine.arguments.dropFirst() {
case ["rates"]: await printRates()
case ["losses"]: await printLosses()
default:
    print("usage: bench-peeking rates|losses")
    exit(2)
}
