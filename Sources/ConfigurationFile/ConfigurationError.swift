/// One mistake in a configuration file, and where it stands.
package struct ConfigurationError: Error, Equatable, Sendable {
    package var file: String
    /// The line of the key, or of the table that lacks it; `nil` for what concerns the whole file.
    package var line: Int?
    /// Known for errors of syntax only.
    package var column: Int?
    /// The dotted key, `stream.window.length`; empty for the file as a whole.
    package var key: String
    package var reason: String

    package init(file: String, line: Int? = nil, column: Int? = nil, key: String = "", reason: String) {
        (self.file, self.line, self.column) = (file, line, column)
        (self.key, self.reason) = (key, reason)
    }
}

extension ConfigurationError: CustomStringConvertible {
    /// `agent.conf:12: stream.window.lenght: unknown key; did you mean "length"?`
    package var description: String {
        let position = [file] + [line, column].compactMap { $0.map(String.init) }
        let place = [position.joined(separator: ":")] + (key.isEmpty ? [] : [key])
        return (place + [reason]).joined(separator: ": ")
    }
}

/// Everything that is wrong with a configuration file, in the order of its lines.
package struct InvalidConfiguration: Error, Equatable, Sendable, CustomStringConvertible {
    package var errors: [ConfigurationError]

    package init(_ errors: [ConfigurationError]) {
        self.errors = errors.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
    }

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
