/// Makes a rollout's decisions again from its log.
package struct RolloutReplay: Sendable {
    private let launch: RolloutLaunch
    private let policy: RolloutPolicy
    private let digest: String

    package init(_ launch: RolloutLaunch, _ policy: RolloutPolicy) {
        (self.launch, self.policy, digest) = (launch, policy, policy.digest)
    }

    /// Holds every line against what the rules make of it.
    ///
    /// - Parameters:
    ///   - head: the last line's hash, where it is known from elsewhere: lines cut off the end are found by it.
    ///   - state: where the rollout stands, where that is known: it must follow from the last line.
    /// - Returns: the entries.
    /// - Throws: the first line that does not follow.
    package func callAsFunction(
        _ lines: [String], head: String? = nil, state: RolloutState? = nil
    ) throws(DecisionLogError) -> [DecisionEntry] {
        var entries: [DecisionEntry] = []
        var hash = DecisionLog.root(launch)
        for (index, line) in lines.enumerated() {
            let sealed = try SealedLine(line, number: index + 1)
            let entry = try read(sealed, number: index + 1)
            guard entry.sequence == index, entry.previous == hash else { throw .outOfPlace(line: index + 1) }
            try check(entry, sealed, after: entries.last)
            entries.append(entry)
            hash = sealed.hash
        }
        guard head ?? hash == hash else { throw .cutOff(lines: lines.count) }
        guard state.map({ follows($0, entries.last) }) ?? true else { throw .otherEnd(lines: lines.count) }
        return entries
    }

    private func read(_ line: SealedLine, number: Int) throws(DecisionLogError) -> DecisionEntry {
        do {
            return try CanonicalJSON.decode(DecisionEntry.self, from: line.body)
        } catch {
            throw .malformed(line: number, "\(error)")
        }
    }

    private func check(
        _ entry: DecisionEntry, _ line: SealedLine, after last: DecisionEntry?
    ) throws(DecisionLogError) {
        let number = entry.sequence + 1
        guard entry.policy == digest else { throw .otherPolicy(line: number) }
        guard follows(entry.before, last) else { throw .disconnected(line: number) }
        let outcome = entry.before.tick(policy, entry.observation)
        let again = DecisionEntry(
            entry.sequence, previous: entry.previous, policy: digest, entry.observation, entry.before, outcome
        )
        guard CanonicalJSON.encode(again) == line.body, outcome.isNews else {
            throw .underivable(line: number)
        }
    }

    /// Between two entries ticks may have been no news: they have added to the memory alone.
    private func follows(_ state: RolloutState, _ last: DecisionEntry?) -> Bool {
        guard let last = last?.after ?? (try? RolloutState(launch, policy)) else { return false }
        return state.isSame(as: last) && state.memory.isSound && state.memory.hasGrown(since: last.memory)
    }
}
