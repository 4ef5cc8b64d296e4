/// What names, keys and values may be: MLflow's rules, in its words (mlflow/utils/validation.py, 3.17).
///
/// A `path` says where in the request the text stands, as `metrics[0].name`.
enum Names {
    /// A key of a metric, parameter or tag: letters, digits and `_-. :/`, and as a file name no other than itself.
    static func checkKey(_ key: String, at path: String) throws(RegistryError) {
        guard key.unicodeScalars.allSatisfy(isAllowedInKeys) else {
            throw invalid(
                key, at: path,
                "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), "
                    + "colon(:) and slashes (/).")
        }
        try checkAsPath(key, at: path)
    }

    /// A text that may name a file must not resolve to another name.
    private static func checkAsPath(_ name: String, at path: String) throws(RegistryError) {
        let resolved = normalized(name)
        guard resolved.isIdentical(to: name), name != ".",
            !name.unicodeScalars.starts(with: "..".unicodeScalars),
            name.unicodeScalars.first != "/"
        else {
            throw invalid(
                name, at: path,
                "Names may be treated as files in certain cases, and must not resolve to other names when treated "
                    + "as such. This name would resolve to \(resolved.pythonLiteral)")
        }
    }

    static func checkLength(_ text: String, of what: String, atMost limit: Int) throws(RegistryError) {
        guard text.isLonger(than: limit) else { return }
        throw .invalid("'\(what)' exceeds the maximum length of \(limit) characters")
    }

    static func checkModelName(_ name: String, parameter: String = "name") throws(RegistryError) {
        guard !name.allSatisfy(\.isWhitespace) else {
            throw .invalid("Missing value for required parameter '\(parameter)'.")
        }
        guard !name.contains(anyOf: "/:") else {
            throw .invalid("Invalid model name '\(name)'. Names cannot contain '/' or ':'.")
        }
        guard !name.contains(anyOf: "\\"), !name.unicodeScalars.contains(where: \.isControl) else {
            throw .invalid(
                "Invalid model name \(name.pythonLiteral). Names cannot contain '\\' or control characters.")
        }
        try checkLength(name, of: "name", atMost: 256)
        try checkAsPath(name, at: "name")
    }

    /// - Parameter isNew: names that mean a version elsewhere are refused to those to come.
    static func checkAlias(_ alias: String, isNew: Bool) throws(RegistryError) {
        guard !alias.isEmpty else { throw .invalid("Registered model alias name cannot be empty.") }
        guard alias.unicodeScalars.allSatisfy({ $0.isWordCharacter || $0 == "-" }) else {
            throw .invalid(
                "Invalid alias name: '\(alias)'. Names may only contain alphanumerics, underscores (_), "
                    + "and dashes (-).")
        }
        try checkLength(alias, of: "Registered model alias name", atMost: 255)
        guard isNew else { return }
        guard alias.lowercased() != "latest" else {
            throw .invalid("'latest' alias name (case insensitive) is reserved.")
        }
        guard alias.wholeMatch(of: /[vV]\d+/) == nil else {
            throw .invalid("Version alias name '\(alias)' is reserved.")
        }
    }

    static func checkLoggedModelName(_ name: String) throws(RegistryError) {
        guard !name.isEmpty, !name.contains(anyOf: "/:.%\"'") else {
            throw .invalid(
                "Invalid model name (\(name.pythonLiteral)) provided. Model name must be a non-empty string and cannot "
                    + "contain the following characters: ('/', ':', '.', '%', '\"', \"'\")")
        }
    }

    static func checkExperimentName(_ name: String) throws(RegistryError) {
        guard !name.isEmpty else { throw .invalid("Invalid experiment name: ''") }
        try checkLength(name, of: "name", atMost: 500)
    }

    static func invalid(_ value: String, at path: String, _ reason: String) -> RegistryError {
        .invalid("Invalid value \(value.jsonLiteral) for parameter '\(path)' supplied: \(reason)")
    }

    private static func isAllowedInKeys(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isWordCharacter || "/.- :".unicodeScalars.contains(scalar)
    }

    /// As POSIX would resolve the path without looking at any file.
    private static func normalized(_ path: String) -> String {
        let root = path.unicodeScalars.first == "/" ? "/" : ""
        var parts: [Substring] = []
        for part in path.unicodeScalars.split(separator: "/").map(Substring.init) where part != "." {
            if part != ".." || parts.last == ".." || (parts.isEmpty && root.isEmpty) {
                parts.append(part)
            } else {
                _ = parts.popLast()
            }
        }
        let joined = root + parts.joined(separator: "/")
        return joined.isEmpty ? "." : joined
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { properties.generalCategory == .control }

    fileprivate var isWordCharacter: Bool {
        self == "_" || properties.isAlphabetic || properties.numericType != nil
    }
}

extension String {
    /// Code points count, as to MLflow: to Swift a slash with an accent after it is another character.
    func contains(anyOf scalars: String) -> Bool {
        unicodeScalars.contains(where: scalars.unicodeScalars.contains)
    }

    /// The same bytes. To Swift `==` two spellings of one letter are equal; to the database they are not.
    func isIdentical(to other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    func isLonger(than limit: Int) -> Bool {
        utf8.count > limit && unicodeScalars.count > limit
    }

    /// The first characters, as MLflow counts them.
    func truncated(to limit: Int) -> String {
        isLonger(than: limit) ? String(String.UnicodeScalarView(unicodeScalars.prefix(limit))) : self
    }

    /// As Python's `repr` writes a text.
    var pythonLiteral: String {
        let quote: Unicode.Scalar = contains(anyOf: "'") && !contains(anyOf: "\"") ? "\"" : "'"
        return unicodeScalars.reduce(into: String(quote)) { literal, scalar in
            switch scalar {
            case "\n": literal += "\\n"
            case "\r": literal += "\\r"
            case "\t": literal += "\\t"
            case "\\", quote: literal += "\\" + String(scalar)
            default: literal.unicodeScalars.append(scalar)
            }
        } + String(quote)
    }
}
