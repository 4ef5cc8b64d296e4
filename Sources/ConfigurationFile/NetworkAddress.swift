/// A host and a TCP port: `127.0.0.1:9464`, `[::1]:9464`.
package struct NetworkAddress: Hashable, Sendable {
    /// Without the brackets of an IPv6 address.
    package var host: String
    package var port: Int

    package init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    /// Only this machine can reach it.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || isLoopbackIPv4(host) }
}

extension NetworkAddress: ConfigurationText, CustomStringConvertible {
    package static var form: String { "an address such as \"127.0.0.1:9464\"" }

    package init(configuration text: String) throws(MalformedText) {
        guard let colon = text.lastIndex(of: ":"),
            let host = unbracketed(text[..<colon]),
            let port = UInt16(text[text.index(after: colon)...])
        else { throw .expected(NetworkAddress.form, found: text) }
        self.init(host: host, port: Int(port))
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// IPv6 addresses stand in brackets, other hosts hold no colon.
private func unbracketed(_ text: Substring) -> String? {
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    let host = isBracketed ? text.dropFirst().dropLast() : text
    guard !host.isEmpty, host.contains(":") == isBracketed,
        !host.contains(where: { $0.isWhitespace || "/[]@?#".contains($0) })
    else { return nil }
    return String(host)
}

private func isLoopbackIPv4(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil } && UInt8(parts[0]) == 127
}
