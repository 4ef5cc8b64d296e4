import Crypto
import FoundationEssentials

/// A secret shared with who receives webhooks, and the signatures that it makes: Standard Webhooks 1.0,
/// HMAC-SHA-256 (`v1`).
package struct WebhookSecret: Hashable, Sendable {
    private let key: [UInt8]

    private static let prefix = "whsec_"
    /// In bytes, as the standard has it.
    private static let lengths = 24...64

    /// Reads `whsec_` and the key in base64.
    ///
    /// - Returns: `nil` when it is not a key of 24 to 64 bytes.
    package init?(_ text: String) {
        guard text.hasPrefix(WebhookSecret.prefix),
            let key = Data(base64Encoded: String(text.dropFirst(WebhookSecret.prefix.count))),
            WebhookSecret.lengths.contains(key.count)
        else { return nil }
        self.key = Array(key)
    }

    /// - Parameter timestamp: seconds since 1970.
    package func signature(of body: [UInt8], id: String, timestamp: Int64) -> String {
        var authentication = HMAC<SHA256>(key: SymmetricKey(data: key))
        authentication.update(data: Array("\(id).\(timestamp).".utf8))
        authentication.update(data: body)
        return "v1,\(Data(authentication.finalize()).base64EncodedString())"
    }
}

extension WebhookSecret: CustomStringConvertible {
    /// Logs and errors do not have the key.
    package var description: String { "whsec_…" }
}
