import Drift
import Foundation
import Rollouts
import Statistics
import Testing

@Suite struct DecisionLogTests {
    private func finished() throws -> SimulatedRollout {
        var rollout = try SimulatedRollout(.quick(), losses: [0.45, 0.4])
        try rollout.reach(.closed(candidate: 0))
        return rollout
    }

    private func replay(_ rollout: SimulatedRollout) -> RolloutReplay {
        RolloutReplay(rollout.state.launch, rollout.policy)
    }

    @Test func `a log is derived again, byte for byte`() throws {
        let rollout = try finished()
        let entries = try replay(rollout)(rollout.log.lines, head: rollout.log.head)
        #expect(entries.last?.after == rollout.state)
        #expect(entries.map(\.action) == rollout.outcomes.filter(\.isNews).map(\.action))
    }

    @Test func `ticks that change nothing write nothing`() throws {
        let rollout = try finished()
        #expect(rollout.log.lines.count < rollout.outcomes.count / 2)
        #expect(rollout.log.lines.count == rollout.outcomes.count(where: \.isNews))
    }

    @Test func `any altered byte is found, in its line`() throws {
        let rollout = try finished()
        var random = SplitMix64(state: 5)
        for _ in 0..<150 {
            var lines = rollout.log.lines
            let number = Int.random(in: 0..<lines.count, using: &random)
            var bytes = Array(lines[number].utf8)
            let place = Int.random(in: bytes.indices, using: &random)
            bytes[place] = bytes[place] == 0x30 ? 0x31 : 0x30
            lines[number] = String(decoding: bytes, as: UTF8.self)
            let error = #expect(throws: DecisionLogError.self) { try replay(rollout)(lines) }
            #expect(error?.description.hasPrefix("line \(number + 1) ") == true)
        }
    }

    @Test func `a line that is missing, moved or said twice is found`() throws {
        let rollout = try finished()
        let lines = rollout.log.lines
        for index in lines.indices.dropLast() {
            var shorter = lines
            var swapped = lines
            var doubled = lines
            shorter.remove(at: index)
            swapped.swapAt(index, index + 1)
            doubled.insert(lines[index], at: index)
            #expect(throws: DecisionLogError.outOfPlace(line: index + 1)) { try replay(rollout)(shorter) }
            #expect(throws: DecisionLogError.outOfPlace(line: index + 1)) { try replay(rollout)(swapped) }
            #expect(throws: DecisionLogError.outOfPlace(line: index + 2)) { try replay(rollout)(doubled) }
        }
        #expect(throws: DecisionLogError.cutOff(lines: lines.count - 1)) {
            try replay(rollout)(Array(lines.dropLast()), head: rollout.log.head)
        }
    }

    @Test func `another policy, another launch or no entry at all is named`() throws {
        let rollout = try finished()
        var policy = rollout.policy
        policy.alpha = 0.04
        let other = RolloutReplay(rollout.state.launch, policy)
        #expect(throws: DecisionLogError.otherPolicy(line: 1)) { try other(rollout.log.lines) }
        var launch = rollout.state.launch
        launch.candidates[0].digest = "another"
        let foreign = RolloutReplay(launch, rollout.policy)
        #expect(throws: DecisionLogError.outOfPlace(line: 1)) { try foreign(rollout.log.lines) }
        for line in ["", "{}", "null"] {
            let error = #expect(throws: DecisionLogError.self) { try replay(rollout)([line]) }
            #expect(error == .malformed(line: 1, "it has no entry and hash"))
        }
    }

    /// Whoever alters a line can hash it again, and all that follow; what the rules make of it stays what it is.
    @Test(arguments: [
        (#""action":{"advance":{"step":0}}"#, #""action":{"advance":{"step":2}}"#),
        (#""rule":"advance""#, #""rule":"promote""#), (#""actor":"rules""#, #""actor":"ada""#),
        (#""missing":[]"#, #""missing":["coffee"]"#), (#""killed":false"#, #""killed":true"#),
    ])
    func `a forged line is found though its hash is right`(true text: String, forged: String) throws {
        let rollout = try finished()
        var lines: [String] = []
        var hash = ""
        var isForged = false
        for line in rollout.log.lines {
            let start = line.index(line.startIndex, offsetBy: #"{"entry":"#.count)
            var body = String(line[start...].dropLast(#","hash":""}"#.count + 64))
            if !isForged, let range = body.range(of: text) {
                body.replaceSubrange(range, with: forged)
                isForged = true
            }
            if !hash.isEmpty {
                let previous = try #require(
                    body.range(of: #""previous":"[0-9a-f]{64}"#, options: .regularExpression))
                body.replaceSubrange(previous, with: #""previous":""# + hash)
            }
            hash = CanonicalJSON.digest(of: body)
            lines.append(#"{"entry":"# + body + #","hash":""# + hash + #""}"#)
        }
        #expect(isForged)
        let error = #expect(throws: DecisionLogError.self) { try replay(rollout)(lines, head: hash) }
        switch error {
        case .underivable, .disconnected: break
        default: Issue.record("\(String(describing: error))")
        }
    }

    /// Whoever writes a whole line of their own hashes it as they should.
    private func sealed(_ body: String) -> String {
        #"{"entry":"# + body + #","hash":""# + CanonicalJSON.digest(of: body) + #""}"#
    }

    private func body(_ line: String) -> String {
        String(line.dropFirst(#"{"entry":"#.count).dropLast(#","hash":""}"#.count + 64))
    }

    private static let odd = [
        "-1", "0", "1e308", "-1e308", "5e-324", "9223372036854775807", "-9223372036854775808", #""nan""#,
        #""inf""#, #""-inf""#, "null", "[]", "{}", "1e15", "-0.0", "true", "1000000000000000",
        #""2262-01-01T00:00:00Z""#, #""1700-01-01T00:00:00Z""#,
    ]

    /// Where numbers, times and lists without lists stand in a line.
    private func values(_ body: String) -> [Range<String.Index>] {
        body.matches(of: #/[:,\[](-?[0-9][0-9.e+\-]*|"[0-9]{4}-[^"]*"|\[[^\[\]]*\])(?=[,\]}])/#).map {
            $0.output.1.startIndex..<$0.output.1.endIndex
        }
    }

    /// Values that no rollout comes to, wherever one stands.
    @Test func `a forged line of whatever values is found, and trips nothing`() throws {
        var rollout = try SimulatedRollout(.quick { $0.soft = [.score: 5] }, losses: [0.45, 0.4])
        try rollout.reach(.serving(step: 1))
        for _ in 0..<3 { rollout.live() }
        rollout.live(RolloutCommand(.hold, actor: "ada", reason: "lunch"))
        let lines = rollout.log.lines
        let bodies = lines.map(body)
        let places = bodies.map(values)
        var random = SplitMix64(state: 12)
        var found = 0
        for _ in 0..<400 {
            let index = Int.random(in: lines.indices, using: &random)
            var text = bodies[index]
            let chosen = Set((0..<3).map { _ in places[index].randomElement(using: &random)! })
            for place in chosen.sorted(by: { $0.lowerBound > $1.lowerBound }) {
                text.replaceSubrange(place, with: Self.odd.randomElement(using: &random)!)
            }
            // A reading that the rules make nothing else of is not to be told from a true one.
            let outcome = Result { () throws(DecisionLogError) in
                try replay(rollout)(Array(lines[..<index]) + [sealed(text)])
            }
            if case .failure = outcome { found += 1 }
        }
        #expect(found > 350, "\(found)")
    }

    @Test func `a memory that has forgotten, or knows more than it can, is no rollout's`() throws {
        let rollout = try finished()
        let last = try #require(rollout.log.lines.last)
        let entry = try DecisionLog.entry(last)
        let forgeries: [(String, String)] = [
            (#""clock":"[^"]*""#, #""clock":"1999-01-01T00:00:00Z""#), (#""peak":[0-9.]+"#, #""peak":-1"#),
            (#""squares":[0-9.e-]+"#, #""squares":-1"#), (#""mean":[0-9.e-]+"#, #""mean":1e300"#),
            (#""mixture":[0-9.e-]+"#, #""mixture":0"#), (#""fewest":[0-9]+"#, #""fewest":1"#),
            (#""incomplete":[0-9]+"#, #""incomplete":9223372036854775807"#),
            (#""harm":\[.*?\],"label_ratio""#, #""harm":[],"label_ratio""#),
        ]
        let state = CanonicalJSON.encode(entry.before)
        for (pattern, forged) in forgeries {
            let range = try #require(state.range(of: pattern, options: .regularExpression), "\(pattern)")
            let before = state.replacingCharacters(in: range, with: forged)
            let line = body(last).replacing(state, with: before, maxReplacements: 1)
            #expect(line != body(last))
            #expect(throws: DecisionLogError.self, "\(forged)") {
                try replay(rollout)(rollout.log.lines.dropLast() + [sealed(line)])
            }
        }
    }

    @Test func `lines cut off the end do not lead to where the rollout stands`() throws {
        let rollout = try finished()
        let lines = rollout.log.lines
        #expect(try replay(rollout)(lines, state: rollout.state).count == lines.count)
        for kept in 0..<lines.count {
            #expect(throws: DecisionLogError.otherEnd(lines: kept)) {
                try replay(rollout)(Array(lines[..<kept]), state: rollout.state)
            }
        }
        var going = try SimulatedRollout(.quick(), losses: [0.45, 0.45])
        try going.reach(.serving(step: 1))
        var known: [String] = []
        for _ in 0..<20 where known != going.log.lines {
            known = going.log.lines
            going.live()
        }
        let last = try DecisionLog.entry(#require(known.last)).after
        #expect(known == going.log.lines && last.memory != going.state.memory)
        #expect(try replay(going)(known, state: going.state).count == known.count)
    }

    @Test func `a log goes on where it ended`() throws {
        var rollout = try SimulatedRollout(.quick(), losses: [0.45, 0.4])
        try rollout.reach(.serving(step: 1))
        rollout.log = try DecisionLog(rollout.state.launch, rollout.policy, resuming: rollout.log.lines)
        rollout.state = try CanonicalJSON.decode(
            RolloutState.self, from: CanonicalJSON.encode(rollout.state))
        try rollout.reach(.closed(candidate: 0))
        #expect(try replay(rollout)(rollout.log.lines, head: rollout.log.head).last?.after == rollout.state)
    }

    @Test func `evidence that is no number is written down, and read again`() throws {
        var rollout = try SimulatedRollout(.quick())
        try rollout.reach(.serving(step: 0))
        rollout.live()
        rollout.evidence.clusters[0].sums[0].sum = .nan
        rollout.evidence.clusters[0].sums[1].sum = -.infinity
        rollout.live()
        #expect(rollout.outcomes.last?.findings == [RolloutFinding(.unusable)])
        #expect(try replay(rollout)(rollout.log.lines).count == rollout.log.lines.count)
    }
}
