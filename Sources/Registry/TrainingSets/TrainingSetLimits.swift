/// What the registry keeps of training sets.
package struct TrainingSetLimits: Equatable, Sendable {
    /// The largest file, in bytes.
    package var largest: Int64
    /// An upload that nobody goes on with for so long is cleared away.
    package var uploadPatience: Duration

    package init(largest: Int64 = 16 << 30, uploadPatience: Duration = .seconds(86_400)) {
        (self.largest, self.uploadPatience) = (largest, uploadPatience)
    }

    /// Uploads under way.
    static let uploadsAtOnce = 100
}
