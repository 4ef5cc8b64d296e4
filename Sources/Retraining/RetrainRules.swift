package import Drift

/// When the registry trains a model again that somebody proposes to train.
package struct RetrainRules: Equatable, Sendable {
    /// From the end of the last training, or the last move of `champion`, to the next training.
    package var cooldown: Duration
    /// Trainings begun in a day, and in a calendar month, of UTC.
    package var perDay: Int
    package var perMonth: Int
    /// After so many candidates rejected, or trainings failed, in a row, a person must have a look.
    package var setbacksToOpen: Int
    /// However many setbacks there were, the pause is not longer.
    package var longestPause: Duration
    /// A request that had to wait for so long is refused.
    package var patience: Duration

    package init(
        cooldown: Duration = .seconds(86_400), perDay: Int = 2, perMonth: Int = 20, setbacksToOpen: Int = 3,
        longestPause: Duration = .seconds(30 * 86_400), patience: Duration = .seconds(7 * 86_400)
    ) {
        precondition(perDay >= 1 && perMonth >= 1, "a budget of nothing trains nothing")
        precondition(setbacksToOpen >= 1, "the breaker opens after a setback")
        (self.cooldown, self.perDay, self.perMonth) = (cooldown, perDay, perMonth)
        (self.setbacksToOpen, self.longestPause, self.patience) = (setbacksToOpen, longestPause, patience)
    }
}

/// What a model's trainings have been until now: all that the rules look at, besides the request and the time.
package struct RetrainHistory: Equatable, Sendable {
    /// A request, and the end of its window.
    package struct Coverage: Equatable, Sendable {
        package var id: String
        package var end: Timestamp

        package init(id: String, end: Timestamp) { (self.id, self.end) = (id, end) }
    }

    /// The request that is accepted and has not ended.
    package var inFlight: String?
    /// The request with the newest rows among those in flight, or ended with a candidate, rejected or not.
    package var coverage: Coverage?
    /// When trainings began, at least those of this month.
    package var begun: [Timestamp]
    /// Candidates rejected and trainings failed in a row.
    package var setbacks: Int
    /// When the last training ended, or `champion` moved last.
    package var lastEnd: Timestamp?
    package var champion: Int64?
    /// Evidence of the model's open requests.
    package var evidence: [RetrainEvidence]

    package init(
        inFlight: String? = nil, coverage: Coverage? = nil, begun: [Timestamp] = [], setbacks: Int = 0,
        lastEnd: Timestamp? = nil, champion: Int64? = nil, evidence: [RetrainEvidence] = []
    ) {
        (self.inFlight, self.coverage, self.begun, self.setbacks) = (inFlight, coverage, begun, setbacks)
        (self.lastEnd, self.champion, self.evidence) = (lastEnd, champion, evidence)
    }
}

/// What becomes of a request, and why in a sentence.
package enum RetrainDecision: Equatable, Sendable {
    case accept(String)
    /// Not now; at the time given, where one is known, it is worth asking again.
    case wait(String, until: Timestamp? = nil)
    /// Another request, of the id given, stands for it.
    case cover(String, by: String)
    case refuse(String)

    package var reason: String {
        switch self {
        case .accept(let reason), .wait(let reason, _), .cover(let reason, _), .refuse(let reason): reason
        }
    }
}

extension RetrainRules {
    /// Decides about a request that waits.
    ///
    /// - Parameter proposed: when the registry first heard of it.
    package func decide(
        _ request: RetrainRequest, proposed: Timestamp, _ history: RetrainHistory, now: Timestamp
    ) -> RetrainDecision {
        if let settled = settled(request, history) { return settled }
        guard let hold = hold(request, history, now) else { return .accept(acceptance(of: request)) }
        guard case .wait(let reason, _) = hold, proposed.advanced(by: patience) <= now else { return hold }
        return .refuse("it waited \(patience.inWords) and still could not be trained: \(reason)")
    }

    private func acceptance(of request: RetrainRequest) -> String {
        "nothing speaks against it: \(request.cause.reason)"
    }

    // MARK: For good

    private func settled(_ request: RetrainRequest, _ history: RetrainHistory) -> RetrainDecision? {
        stale(request, history) ?? covered(request, history)
    }

    private func stale(_ request: RetrainRequest, _ history: RetrainHistory) -> RetrainDecision? {
        guard request.cause.trigger.isOfChampion, let about = request.championVersion,
            let champion = history.champion, champion != about
        else { return nil }
        return .refuse("it is about version \(about), and version \(champion) is the champion now")
    }

    /// Rows that a training has seen, or is about to see, need no other.
    private func covered(_ request: RetrainRequest, _ history: RetrainHistory) -> RetrainDecision? {
        guard request.cause.trigger.isOfChampion, let end = request.window?.end,
            let coverage = history.coverage, end <= coverage.end
        else { return nil }
        return .cover(
            "request \(coverage.id.prefix(12)) has rows until \(coverage.end) and covers it", by: coverage.id)
    }

    // MARK: For now

    private func hold(
        _ request: RetrainRequest, _ history: RetrainHistory, _ now: Timestamp
    ) -> RetrainDecision? {
        breaker(request, history) ?? veto(request, history) ?? lease(history)
            ?? pause(request, history, now) ?? budget(history, now)
    }

    /// Whether only a person lets the model be trained again.
    package func isOpen(setbacks: Int) -> Bool { setbacks >= setbacksToOpen }

    private func breaker(_ request: RetrainRequest, _ history: RetrainHistory) -> RetrainDecision? {
        guard isOpen(setbacks: history.setbacks) else { return nil }
        return .wait(
            "the breaker is open after \(history.setbacks) trainings in a row that came to nothing; "
                + "`leeway retrain close-breaker \(request.model)` closes it")
    }

    /// Training on what a broken upstream sends is worse than drift.
    private func veto(_ request: RetrainRequest, _ history: RetrainHistory) -> RetrainDecision? {
        let evidence = RetrainEvidence.united(request.evidence, history.evidence)
        guard let alert = RetrainEvidence.firingQuality(in: evidence).last else { return nil }
        return .wait(
            "the data's quality vetoes it: \(alert.measure) of \(alert.feature) fires at \(alert.source) since "
                + "\(alert.time)")
    }

    private func lease(_ history: RetrainHistory) -> RetrainDecision? {
        history.inFlight.map { .wait("request \($0.prefix(12)) is in flight, one a model") }
    }

    /// The cooldown, doubled by every setback.
    package func pause(afterSetbacks setbacks: Int) -> Duration {
        let doublings = min(setbacks, 40)
        let pause = (0..<doublings).reduce(cooldown) { pause, _ in min(pause * 2, max(longestPause, cooldown))
        }
        return pause
    }

    private func pause(
        _ request: RetrainRequest, _ history: RetrainHistory, _ now: Timestamp
    ) -> RetrainDecision? {
        guard !request.cause.trigger.isExplicit, let last = history.lastEnd else { return nil }
        let end = last.advanced(by: pause(afterSetbacks: history.setbacks))
        guard now < end else { return nil }
        let why =
            history.setbacks == 0
            ? "cools down" : "is backed off after \(history.setbacks) trainings that came to nothing"
        return .wait("the model \(why) until \(end)", until: end)
    }

    private func budget(_ history: RetrainHistory, _ now: Timestamp) -> RetrainDecision? {
        let (day, month) = (now.calendarDay, now.month)
        if history.begun.count(where: { month.start <= $0 && $0 < month.end }) >= perMonth {
            return .wait("the month's \(perMonth) trainings are used up until \(month.end)", until: month.end)
        }
        if history.begun.count(where: { day.start <= $0 && $0 < day.end }) >= perDay {
            return .wait("the day's \(perDay) trainings are used up until \(day.end)", until: day.end)
        }
        return nil
    }
}

// MARK: - Time

extension Timestamp {
    func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (nanoseconds, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !isTooLong else { return advanced(by: seconds < 0 ? Int64.min : Int64.max) }
        return advanced(by: nanoseconds).advanced(by: attoseconds / 1_000_000_000)
    }

    /// The first moment of the day in UTC, and of the next.
    fileprivate var calendarDay: (start: Timestamp, end: Timestamp) {
        let passed = nanoseconds.flooredDivision(by: Timestamp.day).remainder
        let start = advanced(by: -passed)
        return (start, start.advanced(by: Timestamp.day))
    }
}

extension Duration {
    /// In the largest unit that measures it whole: `7 days`.
    fileprivate var inWords: String {
        let seconds = components.seconds
        let units: [(Int64, String)] = [(86_400, "days"), (3600, "hours"), (60, "minutes")]
        let unit = units.first { seconds >= $0.0 && seconds % $0.0 == 0 } ?? (1, "seconds")
        return "\(seconds / unit.0) \(unit.1)"
    }
}
