import Foundation
import Statistics
import Testing

@Suite struct EmpiricalBernsteinTests {
    @Test func `the sequence is ville's at every value`() {
        for example in sequentialGolden.bernstein {
            var sequence = EmpiricalBernstein(alpha: 0.05, range: 0...1)
            for (index, value) in example.values.enumerated() {
                sequence.observe(value)
                let found = sequence.interval
                #expect(isClose([found.lower, found.upper], [example.lower[index], example.upper[index]]))
            }
        }
    }

    @Test func `differences of losses are scaled to the unit interval and back`() {
        var (unit, wide) = (
            EmpiricalBernstein(alpha: 0.05, range: 0...1, null: 0.5),
            EmpiricalBernstein(alpha: 0.05, range: -1...1)
        )
        for value in sequentialGolden.bernstein[0].values {
            unit.observe(value)
            wide.observe(2 * value - 1)
        }
        #expect(isClose(wide.interval.figures, unit.interval.figures.map { 2 * $0 - 1 }))
        #expect(isClose(wide.logEvidence, unit.logEvidence))
    }

    @Test func `a sequence that excludes the null rejects it, too`() {
        var sequence = EmpiricalBernstein(alpha: 0.05, range: -1...1)
        for _ in 0..<200 { sequence.observe(0.6) }
        #expect(sequence.interval.lower! > 0 && sequence.evidence.rejects(at: 0.05))
        #expect(abs(sequence.interval.value - 0.6) < 1e-12)
    }

    @Test func `without values anything is possible, and nothing is evidence`() {
        let sequence = EmpiricalBernstein(alpha: 0.05, range: -1...1)
        #expect(sequence.interval.figures == [-1, 0, 1] && sequence.evidence.pValue == 1)
    }

    @Test func `a state survives a restart in the middle`() throws {
        let values = sequentialGolden.bernstein[1].values
        var whole = EmpiricalBernstein(alpha: 0.05, range: 0...1)
        for value in values { whole.observe(value) }
        var parts = EmpiricalBernstein(alpha: 0.05, range: 0...1)
        for value in values {
            parts = try JSONDecoder().decode(EmpiricalBernstein.self, from: JSONEncoder().encode(parts))
            parts.observe(value)
        }
        #expect(parts == whole)
    }

    @Test func `a value outside the range is refused`() async {
        await #expect(processExitsWith: .failure) {
            var sequence = EmpiricalBernstein(alpha: 0.05, range: 0...1)
            sequence.observe(1.5)
        }
        await #expect(processExitsWith: .failure) {
            var sequence = EmpiricalBernstein(alpha: 0.05, range: 0...1)
            sequence.observe(.nan)
        }
    }

    @Test func `few sequences ever reject a true mean`() {
        var generator = SplitMix64(state: 5)
        let rejected = (0..<500).count { _ in
            var sequence = EmpiricalBernstein(alpha: 0.05, range: 0...1, null: 0.3)
            for _ in 0..<500 { sequence.observe(generator.uniform() < 0.3 ? 1 : 0) }
            return sequence.evidence.rejects(at: 0.05)
        }
        #expect(rejected <= 25, "\(rejected) of 500")
    }
}
