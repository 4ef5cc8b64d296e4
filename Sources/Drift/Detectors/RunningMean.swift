/// The mean of values taken in one by one: m ← m + (x − m)/n.
struct RunningMean: Codable, Equatable, Sendable {
    private(set) var count = 0.0
    private(set) var value = 0.0

    mutating func add(_ x: Double) {
        count += 1
        value += (1 / count) * (x - value)
    }
}
