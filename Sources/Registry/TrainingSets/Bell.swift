/// Wakes one who waits. What rings while nobody waits is heard by whoever waits next, once.
package struct Bell: Sendable {
    private let strokes: AsyncStream<Void>
    private let rope: AsyncStream<Void>.Continuation

    package init() {
        (strokes, rope) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func ring() { rope.yield() }

    /// Returns at the next ring, or when its task is cancelled.
    package func wait() async { for await _ in strokes { return } }
}
