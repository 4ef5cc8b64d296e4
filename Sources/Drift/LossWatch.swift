/// Detectors over the losses of each version of a model, in the order in which the truth came.
package struct LossWatch: Codable, Sendable {
    /// How one detector stands over one version's losses.
    package struct Status: Codable, Equatable, Sendable {
        package var version: String
        package var detector: LossDetector.Kind
        /// Losses taken in.
        package var losses: UInt64
        /// Losses outside of the detector's domain.
        package var ignored: UInt64
        /// Of the losses since the last change; `nil` before the first.
        package var meanLoss: Double?
        /// In the detector's zone of warning.
        package var isWarning: Bool
        package var changes: UInt64
        package var lastChange: Finding?

        package enum CodingKeys: String, CodingKey {
            case version, detector, losses, ignored, changes
            case meanLoss = "mean_loss"
            case isWarning = "warning"
            case lastChange = "last_change"
        }
    }

    /// A change that a detector found.
    package struct Finding: Codable, Equatable, Sendable {
        /// The event time of the row whose loss told it.
        package var time: Timestamp
        /// How many losses the detector had taken in.
        package var losses: UInt64
        /// Means of the losses since the change before, and of the newest of them (see `recentCount`).
        package var before: Double
        package var recent: Double

        package var isWorse: Bool { recent > before }
    }

    package struct Change: Equatable, Sendable {
        package var version: String
        package var detector: LossDetector.Kind
        package var finding: Finding
    }

    /// Losses that weigh in the mean of the newest, each less than the one after it.
    static let recentCount = 100.0
    /// Versions under watch; the one that was silent for longest makes room.
    package static let capacity = 16

    private var kinds: [LossDetector.Kind]
    private var versions: [String: VersionLosses] = [:]
    private var order: UInt64 = 0

    package init(_ kinds: [LossDetector.Kind]) { self.kinds = kinds }

    /// Takes up what was saved, as far as the same detectors are still asked for.
    package init(_ kinds: [LossDetector.Kind], resuming saved: LossWatch?) {
        self.init(kinds)
        guard let saved else { return }
        (versions, order) = (saved.versions, saved.order)
        for version in versions.keys { versions[version]?.keep(kinds) }
    }

    package mutating func observe(
        score: Double?, class name: String?, truth: Truth, version: String, at time: Timestamp,
        _ scoring: AnswerScoring
    ) -> [Change] {
        order += 1
        var losses = versions.removeValue(forKey: version) ?? VersionLosses(kinds)
        let changes = losses.observe(order: order, at: time) { kind in
            scoring.loss(score: score, class: name, truth: truth, kind: kind)
        }
        versions[version] = losses
        makeRoom()
        return changes.map { Change(version: version, detector: $0, finding: $1) }
    }

    /// When the newest change for the worse was found in a version's losses.
    package func lastChange(of version: String) -> Timestamp? {
        versions[version]?.watched.compactMap(\.lastWorsening).max()
    }

    private mutating func makeRoom() {
        guard versions.count > LossWatch.capacity,
            let oldest = versions.min(by: { $0.value.newest < $1.value.newest })
        else { return }
        versions[oldest.key] = nil
    }

    /// By version, then detector.
    package var statuses: [Status] {
        versions.sorted { $0.key < $1.key }.flatMap { version, losses in
            losses.watched.map { $0.status(version) }
        }
    }
}

/// One version's losses, as each detector sees them.
private struct VersionLosses: Codable, Sendable {
    var watched: [WatchedLosses]
    /// When it was last heard of, counted in losses of all versions.
    var newest: UInt64 = 0

    init(_ kinds: [LossDetector.Kind]) { watched = kinds.map(WatchedLosses.init) }

    mutating func keep(_ kinds: [LossDetector.Kind]) {
        watched = kinds.map { kind in watched.first { $0.detector.kind == kind } ?? WatchedLosses(kind) }
    }

    mutating func observe(
        order: UInt64, at time: Timestamp, _ loss: (LossDetector.Kind) -> Double?
    ) -> [(LossDetector.Kind, LossWatch.Finding)] {
        newest = order
        return watched.indices.compactMap { index in
            let kind = watched[index].detector.kind
            guard let loss = loss(kind) else { return nil }
            return watched[index].observe(loss, at: time).map { (kind, $0) }
        }
    }
}

/// A detector, and what its losses were before and after what it found.
private struct WatchedLosses: Codable, Sendable {
    var detector: LossDetector
    private var losses: UInt64 = 0
    private var count = 0.0
    private var mean = 0.0
    private var recent = 0.0
    private var isWarning = false
    private var changes: UInt64 = 0
    private var lastChange: LossWatch.Finding?

    init(_ kind: LossDetector.Kind) { detector = LossDetector(kind) }

    mutating func observe(_ loss: Double, at time: Timestamp) -> LossWatch.Finding? {
        let ignored = detector.ignoredCount
        let change = detector.observe(loss)
        guard detector.ignoredCount == ignored else { return nil }
        take(loss)
        isWarning = change == .warning
        guard change == .drift else { return nil }
        let finding = LossWatch.Finding(time: time, losses: losses, before: mean, recent: recent)
        (changes, lastChange) = (changes + 1, finding)
        (count, mean) = (0, 0)
        return finding
    }

    private mutating func take(_ loss: Double) {
        (losses, count) = (losses + 1, count + 1)
        mean += (loss - mean) / count
        recent += (loss - recent) / min(Double(losses), LossWatch.recentCount)
    }

    var lastWorsening: Timestamp? { lastChange.flatMap { $0.isWorse ? $0.time : nil } }

    func status(_ version: String) -> LossWatch.Status {
        LossWatch.Status(
            version: version, detector: detector.kind, losses: losses, ignored: detector.ignoredCount,
            meanLoss: count > 0 ? mean : nil,
            isWarning: isWarning, changes: changes, lastChange: lastChange)
    }
}
