import GRDB

/// SQL's `LIKE`: `%` stands for any text, `_` for one character.
///
/// SQLite's own `LIKE` takes no notice of ASCII's case and of no other, and both it and `GLOB` can be made to try for
/// hours by a pattern of many wildcards. This one goes back to the last wildcard only.
enum LikePattern {
    /// In bytes of UTF-8. A search takes at most so many steps for each byte of a text.
    static let longest = 256

    static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (inText, inPattern) = (0, 0)
        var retry: (text: Int, pattern: Int)?
        while inText < text.count {
            let wanted = inPattern < pattern.count ? pattern[inPattern] : nil
            if wanted == any {
                inPattern += 1
                retry = (inText, inPattern)
            } else if wanted == one {
                inText = characterEnd(text, inText)
                inPattern += 1
            } else if wanted == text[inText] {
                inText += 1
                inPattern += 1
            } else if let last = retry {
                inText = characterEnd(text, last.text)
                inPattern = last.pattern
                retry = (inText, inPattern)
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == any }
    }

    private static let any = UInt8(ascii: "%")
    private static let one = UInt8(ascii: "_")

    private static func characterEnd(_ text: [UInt8], _ start: Int) -> Int {
        var end = start + 1
        while end < text.count, UTF8.isContinuation(text[end]) { end += 1 }
        return end
    }
}

extension DatabaseFunction {
    /// `like(text, pattern)`, in which case matters.
    static var like: DatabaseFunction { match("leeway_like") { Array($0.utf8) } }

    /// `ilike(text, pattern)`: the text in lower case, as `pattern` has to be.
    static var ilike: DatabaseFunction { match("leeway_ilike") { Array($0.lowercased().utf8) } }

    private static func match(
        _ name: String, folding fold: @escaping @Sendable (String) -> [UInt8]
    ) -> DatabaseFunction {
        DatabaseFunction(name, argumentCount: 2, pure: true) { arguments in
            guard let text = String.fromDatabaseValue(arguments[0]),
                let pattern = String.fromDatabaseValue(arguments[1])
            else { return nil }
            return LikePattern.matches(fold(text), Array(pattern.utf8))
        }
    }
}
