import ConfigurationFile
package import EventDelivery

/// A webhook that drift events are posted to.
package struct WebhookConfiguration: Hashable, Sendable {
    package var url: String
    /// The first is the one in use; with another, receivers that still have that can read what is signed too.
    package var secrets: [WebhookSecret]
}

extension WebhookConfiguration {
    /// Reads a `[[sink]]` of type `webhook`; `nil` when it cannot be used.
    init?(_ table: ConfigurationTable) {
        let url = table.required("url") { table.parsed($0, as: WebhookURL.self) }
        let secret = table.required("secret", table.webhookSecret)
        let previous = table.webhookSecret("previous_secret")
        guard let url, let secret else { return nil }
        self.init(url: url.text, secrets: [secret] + (previous.map { [$0] } ?? []))
    }
}

extension ConfigurationTable {
    /// Mistakes are told without the secret.
    fileprivate func webhookSecret(_ name: String) -> WebhookSecret? {
        guard let text = text(name) else { return nil }
        let secret = WebhookSecret(text)
        if secret == nil {
            report(
                name,
                "must be \"whsec_\" and 24 to 64 bytes in base64, as `openssl rand -base64 32` makes them")
        }
        return secret
    }
}

/// Where to post: `https://example.com/hooks/leeway`.
struct WebhookURL: ConfigurationText {
    let text: String

    static let form = "an address such as \"https://example.com/hooks/leeway\""

    init(configuration text: String) throws(MalformedText) {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix),
            text.dropFirst(scheme.count).first.map({ $0 != "/" && $0 != "?" }) == true,
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw .expected(WebhookURL.form, found: text) }
        self.text = text
    }
}
