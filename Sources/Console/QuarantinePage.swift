import Drift
import FoundationEssentials

/// Quarantined messages as the API shows them: frames that are text as text, others in base64.
struct QuarantinePage: Encodable {
    struct Message: Encodable {
        var received: Timestamp
        var topic: String
        var reason: String
        var detail: String
        var frames: [Frame]
    }

    enum Frame: Equatable {
        case text(String)
        case base64(String)
    }

    var messages: [Message]

    init(_ messages: some Sequence<QuarantinedMessage>) {
        self.messages = messages.map(Message.init)
    }
}

extension QuarantinePage.Message {
    init(_ message: QuarantinedMessage) {
        self.init(
            received: message.received, topic: message.topic, reason: message.reason, detail: message.detail,
            frames: message.frames.map(QuarantinePage.Frame.init))
    }
}

extension QuarantinePage.Frame: Encodable {
    private enum CodingKeys: String, CodingKey { case text, base64 }

    init(_ bytes: [UInt8]) {
        self =
            String(validating: bytes, as: UTF8.self).map(Self.text)
            ?? .base64(Data(bytes).base64EncodedString())
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .text(let text): try container.encode(text, forKey: .text)
        case .base64(let text): try container.encode(text, forKey: .base64)
        }
    }
}
