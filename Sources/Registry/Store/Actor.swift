/// Who asks for a change, as the audit log names them.
package struct Actor: Hashable, Codable, Sendable {
    /// The name of a bearer token, or `anonymous@loopback`.
    package var name: String
    /// The program they use: an HTTP user agent, `leeway models promote`, …
    package var client: String

    package init(name: String, client: String) { (self.name, self.client) = (name, client) }

    /// Whoever reaches a registry that only its own machine can reach.
    package static let anonymousOnLoopback = "anonymous@loopback"
}
