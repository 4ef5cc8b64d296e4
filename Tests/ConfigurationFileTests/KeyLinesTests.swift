import Testing

@testable import ConfigurationFile

struct KeyLinesTests {
    private let lines = KeyLines(
        of: """
            title = "a # no comment = 1"   # [comment]
            text = '''
            [not.a.table]
            key = 1'''
            [agent]
            "name" = 1
            sub.key = { inner = 1, list = [
              1,
              { deep = 2 } ] }

            [[stream]]
            model = "a"
            time = 1979-05-27 07:32:00
            [stream.window]
            length = "1d"
            [[stream]]
            model = "say \\"b\\""
            [stream.window]
            length = \"""
            several
            ""\"""
            rows = 5
            """)

    @Test(
        arguments: [
            (["title"], 1), (["text"], 2), (["agent"], 5), (["agent", "name"], 6),
            (["agent", "sub", "key"], 7),
            (["agent", "sub", "key", "inner"], 7), (["agent", "sub", "key", "list", 1, "deep"], 9),
            (["stream", 0], 11), (["stream", 0, "time"], 13), (["stream", 0, "window", "length"], 15),
            (["stream", 1], 16), (["stream", 1, "model"], 17), (["stream", 1, "window", "rows"], 22),
            // What is not there has the line of the table that lacks it.
            (["stream", 1, "window", "step"], 18), (["stream", 0, "endpoints"], 11),
        ] as [([any Sendable], Int)])
    func `a key has the line it stands on`(steps: [any Sendable], line: Int) {
        #expect(lines.line(of: key(steps)) == line)
    }

    @Test func `what no table of the document holds has no line`() {
        #expect(lines.line(of: key(["sink"])) == nil)
    }

    private func key(_ steps: [any Sendable]) -> ConfigurationKey {
        steps.reduce(ConfigurationKey()) { key, step in
            if let index = step as? Int { key.appending(element: index) } else { key.appending("\(step)") }
        }
    }
}
