import FoundationEssentials
import TOMLKit

/// One reading of a configuration file: its tables, what it may take from the host, and every mistake met.
///
/// Readers go on after a mistake with a stand-in, so that one reading reports them all; `result` then lets
/// nothing out that was built from a stand-in.
package final class ConfigurationReading {
    let host: HostEnvironment
    private let file: String
    let folder: String
    private let document: TOMLTable
    private let lines: KeyLines
    private var errors: [ConfigurationError] = []

    /// Parses a source. Relative paths in it start from `folder`.
    package init(
        _ source: String, file: String, folder: String, host: HostEnvironment
    ) throws(InvalidConfiguration) {
        (self.file, self.folder, self.host) = (file, folder, host)
        document = try parse(source, file: file)
        lines = KeyLines(of: source)
    }

    /// Reads and parses a file. Relative paths in it start from the file's folder.
    package convenience init(
        contentsOf path: String, host: HostEnvironment
    ) throws(InvalidConfiguration) {
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        try self.init(
            text(of: path, host: host), file: path, folder: parentFolder(of: absolute), host: host)
    }

    package var root: ConfigurationTable { ConfigurationTable(document, at: ConfigurationKey(), of: self) }

    func report(_ key: ConfigurationKey, _ reason: String) {
        errors.append(
            ConfigurationError(file: file, line: lines.line(of: key), key: key.description, reason: reason))
    }

    func resolve(path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }

    package func result<Value>(_ value: Value) throws(InvalidConfiguration) -> Value {
        guard errors.isEmpty else { throw InvalidConfiguration(errors) }
        return value
    }
}

/// Split by bytes: to Swift a carriage return and a line feed are one character.
func lines(of source: String) -> [Substring] {
    source.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Substring.init)
}

func text(of path: String, host: HostEnvironment) throws(InvalidConfiguration) -> String {
    func invalid(_ reason: String) -> InvalidConfiguration {
        InvalidConfiguration([ConfigurationError(file: path, reason: reason)])
    }
    if let obstacle = host.obstacleToReading(path) { throw invalid("cannot read it: \(obstacle)") }
    guard let data = FileManager.default.contents(atPath: path) else { throw invalid("cannot read it") }
    guard let source = String(validating: data, as: UTF8.self) else { throw invalid("is not UTF-8") }
    return source
}

private func parse(_ source: String, file: String) throws(InvalidConfiguration) -> TOMLTable {
    // A document ends for the parser where a C string does.
    guard !source.utf8.contains(0) else {
        throw InvalidConfiguration([ConfigurationError(file: file, reason: "holds a NUL byte; is it text?")])
    }
    // The parser asserts that no header nests deeper than an array of tables.
    let headers = lines(of: source).map { $0.drop { $0 == " " || $0 == "\t" } }
    if let line = headers.firstIndex(where: { $0.hasPrefix("[[[") }) {
        let reason = "a table is opened by [name] or [[name]]"
        throw InvalidConfiguration([ConfigurationError(file: file, line: line + 1, reason: reason)])
    }
    do {
        return try TOMLTable(string: source)
    } catch {
        throw InvalidConfiguration([syntaxError(error, file: file)])
    }
}

private func syntaxError(_ error: any Error, file: String) -> ConfigurationError {
    guard let error = error as? TOMLParseError else {
        return ConfigurationError(file: file, reason: "\(error)")
    }
    return ConfigurationError(
        file: file, line: error.source.begin.line, column: error.source.begin.column,
        reason: "syntax error: \(error.description)")
}
