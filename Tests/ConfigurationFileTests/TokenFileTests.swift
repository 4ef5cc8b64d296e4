import Foundation
import Testing

@testable import ConfigurationFile

struct TokenFileTests {
    private static let token = "0123456789abcdef"

    @Test func `a line is a name and its token, and a comment says nothing`() throws {
        let file = try TokenFile(
            parsing: """
                # who may ask
                ci   \(TokenFileTests.token)   # the pipeline

                \tanna\tfedcba9876543210\r
                """, file: "tokens")
        #expect(
            file.entries == [
                .init(name: "ci", token: TokenFileTests.token),
                .init(name: "anna", token: "fedcba9876543210"),
            ])
    }

    @Test func `lines may end as Windows ends them`() throws {
        let source = "ci \(TokenFileTests.token)\r\nanna fedcba9876543210\r\n"
        #expect(try TokenFile(parsing: source, file: "tokens").entries.map(\.name) == ["ci", "anna"])
    }

    @Test(arguments: [
        ("", "tokens: holds no token; a line is NAME TOKEN"),
        ("# nobody\n", "tokens: holds no token; a line is NAME TOKEN"),
        ("\n\(token)\n", "tokens:2: a line is NAME TOKEN, found 1 words"),
        ("a \(token) b\n", "tokens:1: a line is NAME TOKEN, found 3 words"),
        (
            "a short\n",
            "tokens:1: the token of \"a\" must be at least 16 characters of ASCII; openssl rand -hex 32 makes one"
        ),
        (
            "a pässwörterpässwörter\n",
            "tokens:1: the token of \"a\" must be at least 16 characters of ASCII; openssl rand -hex 32 makes one"
        ),
        ("a:b \(token)\n", "tokens:1: a name holds no colon, for it is a user's name too: \"a:b\""),
        ("a \(token)\na fedcba9876543210\n", "tokens:2: the name \"a\" stands on line 1 already"),
        ("a \(token)\nb \(token)\n", "tokens:2: \"b\" has the same token as line 1"),
        (
            "a\nb c d\n",
            "tokens:1: a line is NAME TOKEN, found 1 words\ntokens:2: a line is NAME TOKEN, found 3 words"
        ),
    ])
    func `what is wrong is told with its line, and never with the token`(source: String, message: String) {
        let error = #expect(throws: InvalidConfiguration.self) {
            try TokenFile(parsing: source, file: "tokens")
        }
        #expect(error?.description == message)
    }

    @Test(arguments: [0o600, 0o400, 0o700])
    func `a file of its owner's alone is read`(mode: Int) throws {
        try withFile(mode: mode) { path in
            let file = try TokenFile(contentsOf: path)
            #expect(file.entries.map(\.name) == ["ci"])
        }
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o620, 0o601])
    func `a file that others can reach is refused, with what to do`(mode: Int) throws {
        try withFile(mode: mode) { path in
            let error = #expect(throws: InvalidConfiguration.self) { try TokenFile(contentsOf: path) }
            #expect(
                error?.description
                    == "\(path): holds tokens, and others than its owner can reach it "
                    + "(mode 0\(String(mode, radix: 8))); chmod 600 \(path)")
        }
    }

    private func withFile(mode: Int, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        #expect(
            FileManager.default.createFile(
                atPath: path, contents: Data("ci \(TokenFileTests.token)\n".utf8),
                attributes: [.posixPermissions: mode]))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }
}
