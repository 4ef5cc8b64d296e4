import Jobs

/// Lets so many jobs run at a time, in the order they came. One that waits can give up.
actor JobQueue {
    private var places: Int
    private var waiting: [(id: String, turn: CheckedContinuation<Bool, Never>)] = []

    init(places: Int) { self.places = places }

    /// - Returns: whether it is its turn; otherwise it has given up.
    func enter(_ id: String, unless stop: JobStop) async -> Bool {
        guard stop.reason == nil else { return false }
        guard places == 0 else {
            places -= 1
            return true
        }
        return await withCheckedContinuation { waiting.append((id, $0)) }
    }

    /// Whoever has waited longest takes the place that becomes free.
    func leave() {
        if waiting.isEmpty { places += 1 } else { waiting.removeFirst().turn.resume(returning: true) }
    }

    func giveUp(_ id: String) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).turn.resume(returning: false)
    }
}
