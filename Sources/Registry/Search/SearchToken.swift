/// A word of a filter or of an order.
struct SearchToken: Equatable {
    enum Kind: Equatable {
        /// A bare word: a name without a prefix, or a keyword.
        case word
        /// A name with a prefix, or one in backticks.
        case name(FieldName)
        /// In double quotes: a name or a string, as its place has it.
        case doubleQuoted(String)
        case string(String)
        case number(SearchNumber)
        case comparator
        /// Anything else, among it a quotation without an end.
        case other
    }

    var kind: Kind
    /// As it was written.
    var text: String

    func isKeyword(_ keyword: String) -> Bool { kind == .word && text.uppercased() == keyword }

    func isMark(_ mark: String) -> Bool { kind == .other && text == mark }
}

/// What a comparison or an order speaks of: `metrics.auc` is the key `auc` under the prefix `metrics`.
struct FieldName: Equatable {
    var prefix: String?
    var key: String
}

extension SearchToken {
    /// The words of `text`. Every text has some reading; what is no word of a filter is `other`.
    static func all(of text: String) -> [SearchToken] {
        var scanner = SearchScanner(text)
        var tokens: [SearchToken] = []
        while let token = scanner.next() { tokens.append(token) }
        return tokens
    }
}

private struct SearchScanner {
    private let scalars: [Unicode.Scalar]
    private var place = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func next() -> SearchToken? {
        skip { $0.properties.isWhitespace }
        guard let first = scalar(at: place) else { return nil }
        let start = place
        let kind = readToken(beginningWith: first)
        return SearchToken(kind: kind, text: text(from: start))
    }

    private mutating func readToken(beginningWith first: Unicode.Scalar) -> SearchToken.Kind {
        switch first {
        case "'": return quoted().map { .string($0) } ?? .other
        case "\"": return quoted().map { .doubleQuoted($0) } ?? .other
        case "`": return quoted().map { readName(after: $0, isQuoted: true) } ?? .other
        case "<", ">", "=", "!", "~":
            skip { "<>=!~".unicodeScalars.contains($0) }
            return .comparator
        case _ where startsNumber: return readNumber()
        case _ where first == "_" || first.properties.isXIDStart:
            let start = place
            skip { $0.properties.isXIDContinue }
            return readName(after: text(from: start), isQuoted: false)
        default:
            place += 1
            return .other
        }
    }

    private mutating func readName(after head: String, isQuoted: Bool) -> SearchToken.Kind {
        guard scalar(at: place) == "." else {
            return isQuoted ? .name(FieldName(prefix: nil, key: head)) : .word
        }
        place += 1
        if let mark = scalar(at: place), mark == "`" || mark == "\"" {
            return quoted().map { .name(FieldName(prefix: head, key: $0)) } ?? .other
        }
        let start = place
        skip { $0 == "." || $0.properties.isXIDContinue }
        return .name(FieldName(prefix: head, key: text(from: start)))
    }

    private var startsNumber: Bool {
        var ahead = place
        if scalar(at: ahead) == "-" || scalar(at: ahead) == "+" { ahead += 1 }
        if scalar(at: ahead) == "." { ahead += 1 }
        return scalar(at: ahead).map(isDigit) ?? false
    }

    private mutating func readNumber() -> SearchToken.Kind {
        let start = place
        place += 1
        while let scalar = scalar(at: place),
            scalar == "." || scalar.properties.isXIDContinue || followsExponent
        {
            place += 1
        }
        return SearchNumber(text(from: start)).map { .number($0) } ?? .other
    }

    private var followsExponent: Bool {
        let isSign = scalar(at: place) == "-" || scalar(at: place) == "+"
        return isSign && (scalar(at: place - 1) == "e" || scalar(at: place - 1) == "E")
    }

    /// What stands between this quotation mark and the next of its kind; two of them are one that is meant.
    /// Without an end the quotation takes all that is left.
    private mutating func quoted() -> String? {
        let mark = scalars[place]
        var content = String.UnicodeScalarView()
        place += 1
        while let scalar = scalar(at: place) {
            place += 1
            if scalar == mark {
                guard self.scalar(at: place) == mark else { return String(content) }
                place += 1
            }
            content.append(scalar)
        }
        return nil
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private func scalar(at place: Int) -> Unicode.Scalar? {
        place < scalars.count ? scalars[place] : nil
    }

    private mutating func skip(while belongs: (Unicode.Scalar) -> Bool) {
        while let scalar = scalar(at: place), belongs(scalar) { place += 1 }
    }

    private func text(from start: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<place])
        return String(view)
    }
}
