import Foundation
import Rollouts
import Statistics

// Prints the tables of docs/gate.md: what the gate's parts cost on 10⁶ rows, and how often intervals hold the truth.

try printCosts(rows: 1_000_000)
printCoverage(trials: 4000)
