import Foundation
import Hummingbird
import Testing

@testable import Console

struct AccessTests {
    private static let token = "0123456789abcdef"
    private static let other = "fedcba9876543210"
    private let access = Access.tokens([
        .init(name: "ci", secret: AccessTests.token), .init(name: "anna", secret: AccessTests.other),
    ])

    @Test(arguments: [
        ("Bearer \(token)", "ci"), ("Bearer \(other)", "anna"), ("bearer  \(token) ", "ci"),
        (basic("ci:\(token)"), "ci"), ("BASIC" + basic("anna:\(other)").dropFirst(5), "anna"),
    ])
    func `a token makes its name known`(header: String, name: String) {
        #expect(access.name(of: request(header)) == name)
    }

    @Test(arguments: [
        "Bearer \(token)0", "Bearer 0123456789abcde", "Bearer", "Bearer ", "Basic \(token)",
        "Digest \(token)", token,
        "", basic("ci:wrong"), basic("anna:\(token)"), basic("other:\(token)"), basic(token),
        basic(":\(token)"),
        basic("ci:"), "Basic ////",
    ])
    func `anything else makes nobody known`(header: String) {
        #expect(access.name(of: request(header)) == nil)
    }

    @Test func `a token that is lent counts until it is taken back, whatever the file says meanwhile`() throws
    {
        let access = Access.tokens([.init(name: "ci", secret: AccessTests.token)])
        let lent = try #require(access.lend(to: "run 1"))
        #expect(lent.secret.utf8.count >= 43 && access.lend(to: "run 1")?.secret != lent.secret)
        access.replace([.init(name: "anna", secret: AccessTests.other)])
        #expect(access.name(of: request("Bearer \(lent.secret)")) == "run 1")
        access.takeBack(lent)
        #expect(access.name(of: request("Bearer \(lent.secret)")) == nil)
        #expect(Access.loopback.lend(to: "run 1") == nil)
    }

    @Test func `without tokens everybody is anonymous, and stays so`() {
        let open = Access.loopback
        #expect(open.name(of: request(nil)) == "anonymous@loopback")
        open.replace([.init(name: "ci", secret: AccessTests.token)])
        #expect(open.name(of: request(nil)) == "anonymous@loopback")
        #expect(access.name(of: request(nil)) == nil)
    }

    @Test func `tokens read again count at once, the old ones no more`() {
        let access = Access.tokens([.init(name: "ci", secret: AccessTests.token)])
        access.replace([.init(name: "ci", secret: AccessTests.other)])
        #expect(access.name(of: request("Bearer \(AccessTests.token)")) == nil)
        #expect(access.name(of: request("Bearer \(AccessTests.other)")) == "ci")
    }

    private func request(_ authorization: String?) -> Request {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "127.0.0.1", path: "/")
        head.headerFields[.authorization] = authorization
        return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
    }

    private static func basic(_ text: String) -> String {
        "Basic " + Data(text.utf8).base64EncodedString()
    }
}
