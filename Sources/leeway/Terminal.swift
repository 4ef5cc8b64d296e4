import Glibc

/// What standard output is, when it is a terminal. In a pipe nothing is cut.
enum Terminal {
    /// Columns; `nil` in a pipe.
    static var width: Int? { size?.columns }

    /// `nil` in a pipe. It changes as a person resizes the window.
    static var size: (columns: Int, lines: Int)? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

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

    /// A line broken between words where the terminal ends; what goes on is indented by so many blanks.
    static func wrapped(_ line: String, hanging: Int) -> String {
        guard let width, line.count > width else { return line }
        let indent = String(line.prefix { $0 == " " })
        var (lines, last) = ([String](), indent)
        for word in line.split(separator: " ") {
            if last.count + word.count >= width, !last.allSatisfy({ $0 == " " }) {
                lines.append(last)
                last = String(repeating: " ", count: hanging)
            }
            last += (last.allSatisfy { $0 == " " } ? "" : " ") + word
        }
        lines.append(last)
        return lines.joined(separator: "\n")
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
