import Crypto
import Foundation
import Hummingbird
import Registry
import Synchronization

/// Who may ask the registry, and by what name they are known.
package final class Access: Sendable {
    /// A bearer token and whom it stands for.
    package struct Token: Sendable {
        package var name: String
        package var secret: String

        package init(name: String, secret: String) { (self.name, self.secret) = (name, secret) }
    }

    fileprivate struct Holder {
        let name: String
        let digest: SHA256Digest
    }

    private let holders: Mutex<[Holder]?>
    /// Of programs that the registry has started.
    private let lent = Mutex<[Holder]>([])

    private init(_ holders: [Holder]?) { self.holders = Mutex(holders) }

    /// Whoever reaches the address, as `anonymous@loopback`: for a registry that only its own machine reaches.
    package static var loopback: Access { Access(nil) }

    /// Those alone who show a token.
    package static func tokens(_ tokens: [Token]) -> Access { Access(tokens.map(Holder.init)) }

    /// From now on other tokens count; whether any are needed stays as it was.
    package func replace(_ tokens: [Token]) {
        holders.withLock { holders in
            if holders != nil { holders = tokens.map(Holder.init) }
        }
    }

    /// A new token, for as long as a program runs; `nil` where none is needed.
    package func lend(to name: String) -> Token? {
        guard needsToken else { return nil }
        let secret = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
        let token = Token(name: name, secret: secret.base64EncodedString())
        lent.withLock { $0.append(Holder(token)) }
        return token
    }

    /// The token counts no more.
    package func takeBack(_ token: Token) {
        let digest = Holder(token).digest
        lent.withLock { $0.removeAll { $0.digest == digest } }
    }

    var needsToken: Bool { holders.withLock { $0 != nil } }

    /// The name a request goes by; `nil` when it shows no token that counts.
    func name(of request: Request) -> String? {
        guard let holders = holders.withLock({ $0 }) else { return Actor.anonymousOnLoopback }
        guard let credentials = request.headers[.authorization].flatMap(Credentials.init) else { return nil }
        return name(for: credentials, among: holders + lent.withLock(\.self))
    }

    /// Every holder is compared, and in a time that does not depend on where digests differ.
    private func name(for credentials: Credentials, among holders: [Holder]) -> String? {
        let digest = SHA256.hash(data: Data(credentials.secret.utf8))
        var name: String?
        for holder in holders where holder.digest == digest { name = holder.name }
        return credentials.name == nil || credentials.name == name ? name : nil
    }
}

extension Access.Holder {
    fileprivate init(_ token: Access.Token) {
        self.init(name: token.name, digest: SHA256.hash(data: Data(token.secret.utf8)))
    }
}

/// What an `Authorization` header shows: a bearer's token, or a name and the token as its password.
private struct Credentials {
    var name: String?
    var secret: String

    init?(_ header: String) {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let value = parts[1].trimmingCharacters(in: .whitespaces)
        switch parts[0].lowercased() {
        case "bearer": secret = value
        case "basic":
            guard let bytes = Data(base64Encoded: value),
                let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
            else { return nil }
            name = String(text[..<colon])
            secret = String(text[text.index(after: colon)...])
        default: return nil
        }
    }
}
