import Drift

/// A decision with all that it was made of, so that it can be made again.
package struct DecisionEntry: Codable, Equatable, Sendable {
    /// Counted from 0.
    package var sequence: Int
    /// The hash of the entry before; of the first, of the launch.
    package var previous: String
    /// The policy's digest.
    package var policy: String
    package var observation: RolloutObservation
    package var before: RolloutState
    package var after: RolloutState
    package var action: RolloutAction
    package var figures: RolloutFigures?
    package var missing: [String]
    /// Who decided: the rules, or a person.
    package var actor: String
}

/// Why a log's line is none.
package enum DecisionLogError: Error, Equatable, Sendable {
    /// Lines are counted from 1.
    case malformed(line: Int, String)
    case altered(line: Int)
    case outOfPlace(line: Int)
    case otherPolicy(line: Int)
    /// The state that it starts from is not the one that the line before ended with.
    case disconnected(line: Int)
    /// The rules come to another outcome.
    case underivable(line: Int)
    /// Lines are missing at the end.
    case cutOff(lines: Int)
    /// The rollout does not stand where the last line has left it.
    case otherEnd(lines: Int)
}

extension DecisionLogError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let line, let reason): "line \(line) is no entry of a decision log: \(reason)"
        case .altered(let line): "line \(line) does not hash to what it says: it was altered"
        case .outOfPlace(let line): "line \(line) does not follow the line before: one is missing or moved"
        case .otherPolicy(let line): "line \(line) was decided under another policy"
        case .disconnected(let line): "line \(line) starts from another state than the line before ended with"
        case .underivable(let line): "line \(line): the rules decide otherwise on this evidence"
        case .cutOff(let lines):
            "the log ends after \(lines) lines with another entry than the last one written"
        case .otherEnd(let lines):
            "the log ends after \(lines) lines in another state than the rollout is in: lines are missing at its end, or "
                + "the state was altered"
        }
    }
}

/// The decisions of a rollout, one a line, each with the hash of the one before.
package struct DecisionLog: Sendable {
    package private(set) var lines: [String] = []
    /// The last line's hash.
    package private(set) var head: String
    private var count = 0
    private let policy: String

    package init(_ launch: RolloutLaunch, _ policy: RolloutPolicy) {
        head = DecisionLog.root(launch)
        self.policy = policy.digest
    }

    /// Goes on where a log ended.
    package init(_ launch: RolloutLaunch, _ policy: RolloutPolicy, resuming lines: [String])
        throws(DecisionLogError)
    {
        self.init(launch, policy)
        guard let last = lines.last else { return }
        head = try SealedLine(last, number: lines.count).hash
        (self.lines, count) = (lines, lines.count)
    }

    static func root(_ launch: RolloutLaunch) -> String {
        CanonicalJSON.digest(of: CanonicalJSON.encode(launch))
    }

    /// The line of an outcome, where it is news.
    ///
    /// - Parameters:
    ///   - last: the last line so far; `nil` before the first.
    ///   - before: what the outcome is of.
    /// - Throws: `DecisionLogError` when the last line is no entry.
    package static func line(
        after last: String?, _ outcome: RolloutOutcome, of observation: RolloutObservation,
        from before: RolloutState, _ policy: RolloutPolicy
    ) throws(DecisionLogError) -> String? {
        guard outcome.isNews else { return nil }
        var log = DecisionLog(before.launch, policy)
        if let last {
            let sealed = try SealedLine(last, number: 1)
            (log.head, log.count) = (sealed.hash, try sealed.entry.sequence + 1)
        }
        return log.append(outcome, of: observation, from: before)
    }

    /// The hash that a line ends with: a log's, of its last line.
    package static func head(_ line: String) throws(DecisionLogError) -> String {
        try SealedLine(line, number: 1).hash
    }

    /// Reads a line.
    package static func entry(_ line: String) throws(DecisionLogError) -> DecisionEntry {
        try SealedLine(line, number: 1).entry
    }

    /// Writes an outcome down if it is news.
    ///
    /// - Returns: the line.
    @discardableResult
    package mutating func append(
        _ outcome: RolloutOutcome, of observation: RolloutObservation, from before: RolloutState
    ) -> String? {
        guard outcome.isNews else { return nil }
        let entry = DecisionEntry(
            count, previous: head, policy: policy, observation, before, outcome)
        let sealed = SealedLine(entry)
        lines.append(sealed.text)
        count += 1
        head = sealed.hash
        return sealed.text
    }
}

extension DecisionEntry {
    init(
        _ sequence: Int, previous: String, policy: String, _ observation: RolloutObservation,
        _ before: RolloutState, _ outcome: RolloutOutcome
    ) {
        (self.sequence, self.previous, self.policy) = (sequence, previous, policy)
        (self.observation, self.before, after) = (observation, before, outcome.state)
        (action, figures, missing) = (outcome.action, outcome.figures, outcome.missing)
        actor = observation.command?.actor ?? "rules"
    }
}

/// An entry's text with the hash of it: `{"entry":…,"hash":"…"}`.
struct SealedLine {
    let body: String
    let hash: String

    private static let head = #"{"entry":"#
    private static let middle = #","hash":""#
    private static let tail = #""}"#

    init(_ entry: DecisionEntry) {
        body = CanonicalJSON.encode(entry)
        hash = CanonicalJSON.digest(of: body)
    }

    /// Cuts a line apart, byte by byte, and holds its hash against it.
    init(_ line: String, number: Int) throws(DecisionLogError) {
        let bytes = Array(line.utf8)
        let (head, middle) = (Array(SealedLine.head.utf8), Array(SealedLine.middle.utf8))
        let tail = Array(SealedLine.tail.utf8)
        let hashStart = bytes.count - tail.count - 64
        let bodyEnd = hashStart - middle.count
        guard bodyEnd > head.count, bytes.starts(with: head),
            bytes[bodyEnd..<hashStart].elementsEqual(middle),
            bytes[(hashStart + 64)...].elementsEqual(tail)
        else { throw .malformed(line: number, "it has no entry and hash") }
        body = String(decoding: bytes[head.count..<bodyEnd], as: UTF8.self)
        hash = String(decoding: bytes[hashStart..<hashStart + 64], as: UTF8.self)
        guard CanonicalJSON.digest(of: body) == hash else { throw .altered(line: number) }
    }

    var entry: DecisionEntry {
        get throws(DecisionLogError) {
            do {
                return try CanonicalJSON.decode(DecisionEntry.self, from: body)
            } catch {
                throw .malformed(line: 1, "\(error)")
            }
        }
    }

    var text: String { SealedLine.head + body + SealedLine.middle + hash + SealedLine.tail }
}
