import Glibc

/// What standard output is, when it is a terminal. In a pipe nothing is cut.
enum Terminal {
    /// Columns; `nil` in a pipe.
    static let width: Int? = {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }()

    static func fits(_ text: String) -> Bool {
        guard let width else { return true }
        return text.split(separator: "\n").allSatisfy { $0.count <= width }
    }

    /// Lines cut to the terminal's width.
    static func fitted(_ lines: String) -> String {
        guard let width else { return lines }
        return lines.split(separator: "\n", omittingEmptySubsequences: false)
            .map { fitted(String($0), to: width) }.joined(separator: "\n")
    }

    /// Cut to so many characters, with a sign that it was.
    static func fitted(_ text: String, to length: Int) -> String {
        guard width != nil, text.count > length else { return text }
        return text.prefix(length - 1) + "…"
    }
}

/// A title, and names with their values below it in two columns, then in sections.
struct Fields {
    private var text: String

    private static let indentation = 14

    init(title: String) { text = title.onOneLine }

    /// Empty values are left out.
    mutating func add(_ name: String, _ value: String) {
        guard !value.isEmpty else { return }
        add(name, value, width: Fields.indentation)
    }

    mutating func add(section: String, _ values: [String: String]) {
        guard !values.isEmpty else { return }
        text += "\n\n\(section)"
        let width = min(values.keys.map(\.count).max() ?? 0, 32) + 2
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { add(name, value, width: width) }
    }

    private mutating func add(_ name: String, _ value: String, width: Int) {
        let padding = String(repeating: " ", count: max(2, width - name.count))
        let line = "  \(name)\(padding)\(value.onOneLine)"
        text += "\n" + Terminal.fitted(line, to: Terminal.width ?? .max)
    }

    var description: String { text }
}
