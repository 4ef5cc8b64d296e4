import Registry

/// A query as forms encode it, and Python: `+` is a space. An escape that is malformed stands for itself.
enum FormFields {
    static func parse(_ query: String) -> [(name: String, value: String)] {
        query.split(separator: "&").map { field in
            let halves = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(halves[0]), halves.count > 1 ? decoded(halves[1]) : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        let text = String(text.replacing("+", with: " "))
        return text.percentDecoded ?? text
    }
}
