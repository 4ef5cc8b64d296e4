import FoundationEssentials

/// The bearer tokens of those who may ask a registry: a line each, `NAME TOKEN`; `#` begins a comment.
package struct TokenFile: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var name: String
        package var token: String
    }

    /// At least one.
    package var entries: [Entry]

    package static let shortestToken = 16
}

extension TokenFile {
    /// Reads a file that its owner alone can read.
    package init(contentsOf path: String, host: HostEnvironment = .current) throws(InvalidConfiguration) {
        let source = try text(of: path, host: host)
        let permissions = host.permissions(path)
        guard permissions & 0o077 == 0 else {
            let mode = "0" + String(permissions, radix: 8)
            throw InvalidConfiguration([
                ConfigurationError(
                    file: path,
                    reason: "holds tokens, and others than its owner can reach it (mode \(mode)); "
                        + "chmod 600 \(path)")
            ])
        }
        try self.init(parsing: source, file: path)
    }

    /// - Parameter file: for errors.
    package init(parsing source: String, file: String) throws(InvalidConfiguration) {
        var reader = TokenReader(file: file)
        for (index, line) in lines(of: source).enumerated() {
            reader.read(line, number: index + 1)
        }
        if reader.entries.isEmpty, reader.errors.isEmpty {
            reader.errors.append(
                ConfigurationError(file: file, reason: "holds no token; a line is NAME TOKEN"))
        }
        guard reader.errors.isEmpty else { throw InvalidConfiguration(reader.errors) }
        entries = reader.entries
    }
}

private struct TokenReader {
    let file: String
    var entries: [TokenFile.Entry] = []
    var errors: [ConfigurationError] = []
    /// The lines on which names and tokens stand.
    private var names: [String: Int] = [:]
    private var tokens: [String: Int] = [:]

    init(file: String) { self.file = file }

    mutating func read(_ line: Substring, number: Int) {
        let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
        guard !words.isEmpty else { return }
        if let objection = objection(to: words, number) {
            errors.append(ConfigurationError(file: file, line: number, reason: objection))
        } else {
            entries.append(TokenFile.Entry(name: words[0], token: words[1]))
        }
    }

    /// Says nothing of what the token is: errors end up in logs.
    private mutating func objection(to words: [String], _ number: Int) -> String? {
        guard words.count == 2 else { return "a line is NAME TOKEN, found \(words.count) words" }
        let (name, token) = (words[0], words[1])
        if name.contains(":") { return "a name holds no colon, for it is a user's name too: \"\(name)\"" }
        if let line = names.updateValue(number, forKey: name) {
            return "the name \"\(name)\" stands on line \(line) already"
        }
        guard token.utf8.count >= TokenFile.shortestToken, token.utf8.allSatisfy({ 33...126 ~= $0 }) else {
            return
                "the token of \"\(name)\" must be at least \(TokenFile.shortestToken) characters of ASCII; "
                + "openssl rand -hex 32 makes one"
        }
        if let line = tokens.updateValue(number, forKey: token) {
            return "\"\(name)\" has the same token as line \(line)"
        }
        return nil
    }
}
