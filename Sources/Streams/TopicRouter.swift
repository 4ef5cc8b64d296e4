/// Finds the model of a message by its first frame.
struct TopicRouter {
    struct Route {
        var kind: Topic.Kind
        /// The place of the model in the list that the router was made with.
        var model: Int
    }

    private let models: [String: Int]
    /// Messages come in runs of one topic, so the last answer often serves again.
    private var lastTopic: [UInt8] = []
    private var lastRoute = Route(kind: .inputs, model: 0)

    init(models: [String]) {
        self.models = Dictionary(models.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    mutating func route(_ frame: RawSpan) throws(Rejection) -> Route {
        if frame.withUInt8Span({ isLast($0) }) { return lastRoute }
        let topic = try Topic(frame)
        guard let model = models[topic.model] else {
            throw Rejection(.unknownModel, "the model \(Rejection.quote(topic.model)) is not configured here")
        }
        lastTopic = Array(topic.description.utf8)
        lastRoute = Route(kind: topic.kind, model: model)
        return lastRoute
    }

    private func isLast(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count == lastTopic.count, bytes.count > 0 else { return false }
        return bytes.indices.allSatisfy { bytes[$0] == lastTopic[$0] }
    }
}
