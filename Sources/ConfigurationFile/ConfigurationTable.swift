import TOMLKit

/// Reads a table key by key. A key that nobody asked for is one that nobody knows.
package final class ConfigurationTable {
    let key: ConfigurationKey
    private let table: TOMLTable
    private let reading: ConfigurationReading
    private var known: Set<String> = []

    init(_ table: TOMLTable, at key: ConfigurationKey, of reading: ConfigurationReading) {
        (self.table, self.key, self.reading) = (table, key, reading)
    }

    package var host: HostEnvironment { reading.host }

    /// Where relative paths start.
    package var folder: String { reading.folder }

    package func has(_ name: String) -> Bool { table.contains(key: name) }

    /// Reports a mistake in the value under a name.
    package func report(_ name: String, _ reason: String) { reading.report(key.appending(name), reason) }

    /// Reports a mistake in the table as a whole.
    package func report(_ reason: String) { reading.report(key, reason) }

    /// Knows keys without reading them.
    package func ignore(_ names: String...) { known.formUnion(names) }

    /// Takes every key that was not asked for as known.
    package func ignoreRest() { known.formUnion(table.keys) }

    package func rejectUnknownKeys() {
        for name in table.keys where !known.contains(name) {
            let hint =
                nearestName(to: name, among: known.sorted()).map { "did you mean \"\($0)\"?" }
                ?? "known here: \(known.sorted().joined(separator: ", "))"
            report(name, "unknown key; \(hint)")
        }
    }
}

// MARK: - Scalars

extension ConfigurationTable {
    package func flag(_ name: String) -> Bool? { value(name, "true or false") { $0.bool } }

    package func integer(_ name: String, atLeast minimum: Int) -> Int? {
        let value = value(name, "an integer") { $0.int }
        guard let value, value < minimum else { return value }
        report(name, "must be at least \(minimum), was \(value)")
        return nil
    }

    package func integer(_ name: String, from minimum: Int, to maximum: Int) -> Int? {
        let value = integer(name, atLeast: minimum)
        guard let value, value > maximum else { return value }
        report(name, "must be at most \(maximum), was \(value)")
        return nil
    }

    /// Bytes.
    package func size(_ name: String, atLeast minimum: Int) -> Int? {
        guard let size = parsed(name, as: ByteSize.self) else { return nil }
        guard size.bytes < minimum else { return size.bytes }
        report(name, "must be at least \(minimum) bytes, was \(size.bytes)")
        return nil
    }

    /// A number that keeps to a rule, which reads like "above 0"; an integer will do.
    package func number(_ name: String, _ rule: String, _ keeps: (Double) -> Bool) -> Double? {
        let value = value(name, "a number") { $0.double ?? $0.int.map(Double.init) }
        guard let value, !keeps(value) else { return value }
        report(name, "must be \(rule), was \(value)")
        return nil
    }

    package func text(_ name: String) -> String? {
        value(name, "a string") { $0.string }.flatMap { substitute($0, at: key.appending(name)) }
    }

    package func nonEmptyText(_ name: String) -> String? {
        let text = text(name)
        guard let text, text.isEmpty else { return text }
        report(name, "must not be empty")
        return nil
    }

    /// A string of a form of its own.
    package func parsed<Value: ConfigurationText>(_ name: String, as type: Value.Type) -> Value? {
        value(name, Value.form) { $0.string }.flatMap { parse($0, at: key.appending(name), as: type) }
    }

    package func duration(_ name: String, atLeast minimum: Duration = .zero) -> Duration? {
        let duration = parsed(name, as: Duration.self)
        guard let duration, duration < minimum else { return duration }
        report(
            name,
            "must be at least \"\(minimum.configurationText)\", was \"\(duration.configurationText)\"")
        return nil
    }

    package func choice<Choice>(_ name: String, of type: Choice.Type) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        let choice = Choice(rawValue: text)
        if choice == nil { report(name, "must be \(alternatives(of: type)), was \"\(text)\"") }
        return choice
    }

    /// Several of the choices, each at most once.
    package func choices<Choice>(_ name: String, of type: Choice.Type) -> [Choice]?
    where Choice: RawRepresentable & CaseIterable & Hashable, Choice.RawValue == String {
        var chosen: [Choice] = []
        for text in names(name) ?? [] {
            guard let choice = Choice(rawValue: text) else {
                report(name, "must hold \(alternatives(of: type)), was \"\(text)\"")
                continue
            }
            if chosen.contains(choice) { report(name, "names \"\(text)\" twice") }
            chosen.append(choice)
        }
        return has(name) ? chosen : nil
    }

    /// A path; relative ones start from the configuration's folder.
    package func path(_ name: String) -> String? { nonEmptyText(name).map(reading.resolve(path:)) }

    /// Several of them.
    package func paths(_ name: String) -> [String]? { names(name)?.map(reading.resolve(path:)) }

    /// The path of a file that is there to be read.
    package func readableFile(_ name: String, hint: String? = nil) -> String? {
        let path = path(name)
        if let path, let obstacle = host.obstacleToReading(path) {
            report(name, "cannot read \"\(path)\": \(obstacle)" + (hint.map { "; \($0)" } ?? ""))
        }
        return path
    }

    /// The path of a folder in which files can be made; it need not exist yet.
    package func writableFolder(_ name: String, default standard: String) -> String {
        let folder = path(name) ?? standard
        if let obstacle = host.obstacleToWriting(folder) {
            report(name, "cannot write to \"\(folder)\": \(obstacle)")
        }
        return folder
    }

    /// A value without which the table means nothing.
    package func required<Value>(_ name: String, _ read: (String) -> Value?) -> Value? {
        if !has(name) { report(name, "is required") }
        return read(name)
    }

    private func value<Value>(
        _ name: String, _ expected: String, _ convert: (any TOMLValueConvertible) -> Value?
    ) -> Value? {
        known.insert(name)
        return table[name].flatMap { self.convert($0, at: key.appending(name), expected, convert) }
    }

    private func convert<Value>(
        _ value: any TOMLValueConvertible, at key: ConfigurationKey, _ expected: String,
        _ convert: (any TOMLValueConvertible) -> Value?
    ) -> Value? {
        let converted = convert(value)
        if converted == nil { reading.report(key, "expected \(expected), found \(value.type.phrase)") }
        return converted
    }

    private func substitute(_ text: String, at key: ConfigurationKey) -> String? {
        reportingMalformed(at: key) { () throws(MalformedText) in try text.substituting(host.variables) }
    }

    private func parse<Value: ConfigurationText>(
        _ text: String, at key: ConfigurationKey, as type: Value.Type
    ) -> Value? {
        reportingMalformed(at: key) { () throws(MalformedText) in
            try Value(configuration: text.substituting(host.variables))
        }
    }

    private func reportingMalformed<Value>(
        at key: ConfigurationKey, _ make: () throws(MalformedText) -> Value
    ) -> Value? {
        do throws(MalformedText) {
            return try make()
        } catch {
            reading.report(key, error.reason)
            return nil
        }
    }
}

// MARK: - Endpoints

extension ConfigurationTable {
    package func endpoint(_ name: String) -> Endpoint? {
        parsed(name, as: Endpoint.self).flatMap { resolve($0, at: key.appending(name)) }
    }

    /// One endpoint or more; those that are malformed are reported and left out.
    package func endpoints(_ name: String) -> [Endpoint]? {
        guard let elements = elements(name, "an array of strings") else { return nil }
        if elements.isEmpty { report(name, "needs at least one endpoint") }
        return elements.compactMap { element, key in
            convert(element, at: key, Endpoint.form) { $0.string }
                .flatMap { parse($0, at: key, as: Endpoint.self) }
                .flatMap { resolve($0, at: key) }
        }
    }

    /// Nothing encrypts or authenticates an endpoint yet, so one that others can reach must be asked for.
    package func rejectExposed(_ endpoints: [Endpoint], _ name: String, section: String = "agent") {
        for endpoint in endpoints where !endpoint.isLocal {
            report(
                name,
                "\(endpoint) is neither loopback nor ipc, and nothing protects it; "
                    + "if that is acceptable set insecure = true under [\(section)]")
        }
    }

    private func resolve(_ endpoint: Endpoint, at key: ConfigurationKey) -> Endpoint? {
        reportingMalformed(at: key) { () throws(MalformedText) in try endpoint.resolved(reading.resolve) }
    }
}

// MARK: - Arrays and tables

extension ConfigurationTable {
    package func names(_ name: String) -> [String]? {
        elements(name, "an array of strings")?.compactMap { element, key in
            convert(element, at: key, "a string") { $0.string }.flatMap { substitute($0, at: key) }
        }
    }

    /// Reads the table under a name, an empty one where there is none, and reports what it does not know.
    package func table<Value>(_ name: String, _ read: (ConfigurationTable) -> Value) -> Value {
        let table = value(name, "a table") { $0.table } ?? TOMLTable()
        return ConfigurationTable(table, at: key.appending(name), of: reading).readAll(read)
    }

    /// Reads each table of an array of tables.
    package func tables<Value>(_ name: String, _ read: (ConfigurationTable) -> Value?) -> [Value] {
        let elements = elements(name, "an array of tables, written [[\(name)]]") ?? []
        return elements.compactMap { element, key in
            convert(element, at: key, "a table") { $0.table }
                .flatMap { ConfigurationTable($0, at: key, of: reading).readAll(read) }
        }
    }

    /// All values of the table under a name, whatever they are called.
    ///
    /// - Parameter obstacle: what speaks against a name, as "is decided by seed".
    package func values(
        _ name: String, _ obstacle: @escaping (String) -> String?
    ) -> [String: ConfigurationValue] {
        table(name) { table in
            let values = table.table.keys.sorted().map { name in
                if let reason = obstacle(name) { table.report(name, reason) }
                return (name, table.anyValue(name))
            }
            return Dictionary(uniqueKeysWithValues: values).compactMapValues { $0 }
        }
    }

    private func anyValue(_ name: String) -> ConfigurationValue? {
        let expected = "a number, a string, true or false, or a list of these"
        let found = value(name, expected, ConfigurationValue.init)
        if found?.isFinite == false { report(name, "must be finite") }
        guard case .text(let text)? = found else { return found }
        return substitute(text, at: key.appending(name)).map(ConfigurationValue.text)
    }

    private func readAll<Value>(_ read: (ConfigurationTable) -> Value) -> Value {
        let value = read(self)
        rejectUnknownKeys()
        return value
    }

    private func elements(
        _ name: String, _ expected: String
    ) -> [(value: any TOMLValueConvertible, key: ConfigurationKey)]? {
        let array = value(name, expected) { $0.array }
        return array?.enumerated().map { ($0.element, key.appending(name).appending(element: $0.offset)) }
    }
}

private func alternatives<Choice>(of type: Choice.Type) -> String
where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
    let quoted = Choice.allCases.map { "\"\($0.rawValue)\"" }
    return ([quoted.dropLast().joined(separator: ", ")] + quoted.suffix(1)).filter { !$0.isEmpty }
        .joined(separator: " or ")
}

extension TOMLType {
    fileprivate var phrase: String {
        switch self {
        case .int: "an integer"
        case .array: "an array"
        case .bool: "a boolean"
        default: "a \(self)"
        }
    }
}
