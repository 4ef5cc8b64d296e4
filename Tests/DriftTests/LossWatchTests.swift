import Foundation
import Statistics
import Testing

@testable import Drift

@Suite struct LossWatchTests {
    private static let scoring = AnswerScoring(
        ModelSchema(task: .binary, features: [], prediction: .init(tensor: "p", kind: .score)))!

    /// Answers of 0.9, right as often as is said.
    private static func watch(
        _ watch: inout LossWatch, _ count: Int, right share: Double, version: String = "1", seed: UInt64
    ) -> [LossWatch.Change] {
        var random = SplitMix64(seed)
        return (0..<count).flatMap { step in
            let isRight = Double(random.below(1000)) < share * 1000
            return watch.observe(
                score: 0.9, class: nil, truth: .integer(isRight ? 1 : 0), version: version,
                at: at(Int64(step)), scoring)
        }
    }

    @Test func `a change for the worse is told with the losses on either side`() throws {
        var watch = LossWatch([.adwin, .ddm])
        #expect(Self.watch(&watch, 3000, right: 0.9, seed: 1).isEmpty)
        let changes = Self.watch(&watch, 1000, right: 0.5, seed: 2)
        let first = try #require(changes.first { $0.detector == .adwin })
        #expect(first.finding.isWorse)
        #expect(first.finding.losses > 3000 && first.finding.losses < 3200)
        #expect(abs(first.finding.before - 0.1) < 0.03)
        #expect(first.finding.recent > 0.2)
        #expect(watch.lastChange(of: "1") != nil)
        #expect(Set(changes.map(\.detector)) == [.adwin, .ddm])
    }

    @Test func `a change for the better is told as such`() throws {
        var watch = LossWatch([.adwin])
        _ = Self.watch(&watch, 2000, right: 0.5, seed: 3)
        let changes = Self.watch(&watch, 2000, right: 1, seed: 4)
        #expect(try !#require(changes.first).finding.isWorse)
        #expect(watch.lastChange(of: "1") == nil)
    }

    @Test func `what is saved goes on as if nothing had happened`() throws {
        var one = LossWatch([.adwin, .kswin])
        _ = Self.watch(&one, 1500, right: 0.9, seed: 5)
        let saved = try JSONDecoder().decode(LossWatch.self, from: JSONEncoder().encode(one))
        var other = LossWatch([.adwin, .kswin], resuming: saved)
        #expect(Self.watch(&one, 900, right: 0.4, seed: 6) == Self.watch(&other, 900, right: 0.4, seed: 6))
        #expect(one.statuses == other.statuses)
    }

    @Test func `detectors that are no longer asked for are forgotten, new ones begin`() {
        var watch = LossWatch([.adwin])
        _ = Self.watch(&watch, 10, right: 1, seed: 7)
        let resumed = LossWatch([.ddm, .adwin], resuming: watch)
        #expect(resumed.statuses.map(\.detector) == [.ddm, .adwin])
        #expect(resumed.statuses.map(\.losses) == [0, 10])
    }

    @Test func `of many versions those that were silent for longest are forgotten`() {
        var watch = LossWatch([.adwin])
        for version in 0..<(LossWatch.capacity + 3) {
            _ = Self.watch(&watch, 1, right: 1, version: "\(version)", seed: 8)
        }
        #expect(watch.statuses.count == LossWatch.capacity)
        #expect(!watch.statuses.contains { ["0", "1", "2"].contains($0.version) })
    }
}
