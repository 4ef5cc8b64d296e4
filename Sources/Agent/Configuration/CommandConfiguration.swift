import ConfigurationFile

/// A command that is run for each event.
package struct CommandConfiguration: Hashable, Sendable {
    /// The program and what it is given.
    package var words: [String]
    package var timeout: Duration
}

extension CommandConfiguration {
    /// Reads a `[[sink]]` of type `command`; `nil` when it cannot be used.
    init?(_ table: ConfigurationTable) {
        let words = table.required("command", table.names)
        timeout = table.duration("timeout", atLeast: .seconds(1)) ?? .seconds(60)
        guard let words else { return nil }
        guard let program = words.first, !program.isEmpty else {
            table.report("command", "needs a program, such as [\"/usr/local/bin/retrain\"]")
            return nil
        }
        if program.contains("/"), !program.hasPrefix("/") {
            table.report(
                "command", "must begin with a full path or a name to be found on PATH, was \"\(program)\"")
        }
        if words.contains(where: { $0.utf8.contains(0) }) {
            table.report("command", "holds a NUL, which no command can be given")
        }
        self.words = words
    }
}
