extension String {
    /// Replaces `${X}`, `${X:-default}` and `${X:?message}` by environment variables, as a shell does:
    /// a variable that is empty counts as unset for the latter two. What is put in is not read again.
    func substituting(_ variables: [String: String]) throws(MalformedText) -> String {
        var result = ""
        var rest = self[...]
        while let opening = rest.firstRange(of: "${") {
            guard let closing = rest[opening.upperBound...].firstIndex(of: "}") else {
                throw MalformedText("\"\(rest[opening.lowerBound...])\" lacks its closing brace")
            }
            result += rest[..<opening.lowerBound]
            result += try Placeholder(rest[opening.upperBound..<closing]).value(in: variables)
            rest = rest[rest.index(after: closing)...]
        }
        return result + rest
    }
}

/// What stands between the braces.
private struct Placeholder {
    enum WhenUnset {
        case fail
        case use(Substring)
        case explain(Substring)
    }

    let name: Substring
    let whenUnset: WhenUnset

    init(_ text: Substring) throws(MalformedText) {
        name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        let rest = text[name.endIndex...]
        switch rest.prefix(2) {
        case "": whenUnset = .fail
        case ":-": whenUnset = .use(rest.dropFirst(2))
        case ":?": whenUnset = .explain(rest.dropFirst(2))
        default: throw Placeholder.malformed(text)
        }
        if name.isEmpty || name.first?.isNumber == true || rest.contains("${") {
            throw Placeholder.malformed(text)
        }
    }

    func value(in variables: [String: String]) throws(MalformedText) -> String {
        let value = variables[String(name)]
        switch whenUnset {
        case .fail:
            guard let value else { throw MalformedText("environment variable \(name) is not set") }
            return value
        case .use(let fallback):
            return value.flatMap { $0.isEmpty ? nil : $0 } ?? String(fallback)
        case .explain(let message):
            guard let value, !value.isEmpty else {
                throw MalformedText("environment variable \(name) is not set: \(message)")
            }
            return value
        }
    }

    private static func malformed(_ text: Substring) -> MalformedText {
        MalformedText("expected ${X}, ${X:-default} or ${X:?message}, found \"${\(text)}\"")
    }
}
