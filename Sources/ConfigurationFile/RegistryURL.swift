/// The base address of a registry's HTTP interface: `http://127.0.0.1:5050`.
package struct RegistryURL: Hashable, Sendable {
    package let text: String
}

extension RegistryURL: ConfigurationText {
    package static var form: String { "an address such as \"http://127.0.0.1:5050\"" }

    package init(configuration text: String) throws(MalformedText) {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else {
            throw .expected(RegistryURL.form, found: text)
        }
        let host = text.dropFirst(scheme.count).prefix { $0 != "/" }
        guard !host.isEmpty, !text.contains(where: \.isWhitespace) else {
            throw .expected(RegistryURL.form, found: text)
        }
        self.init(text: text)
    }
}
