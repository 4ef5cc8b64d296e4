/// Seconds by what they went into.
struct Stopwatch {
    private(set) var seconds: [String: Double] = [:]
    private var last = ContinuousClock.now

    /// Adds the time since the last lap to a name.
    mutating func lap(_ name: String) {
        let now = ContinuousClock.now
        seconds[name, default: 0] += (now - last) / .seconds(1)
        last = now
    }
}
