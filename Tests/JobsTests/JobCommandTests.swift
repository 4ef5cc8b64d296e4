import Testing

@testable import Jobs

struct JobCommandTests {
    @Test(arguments: [
        (JobCommand("python3", ["train.py", "--seed=7"]), "python3 train.py --seed=7"),
        (JobCommand("/a b/c", ["", "it's", "$HOME", "x\ny"]), "'/a b/c' '' 'it'\\''s' '$HOME' 'x\ny'"),
    ])
    func `its text is what a shell would take`(command: JobCommand, text: String) async throws {
        #expect(command.text == text)
    }

    @Test func `a shell reads the text as the same arguments`() async throws {
        let shop = try Workshop()
        let odd = ["", " ", "it's", "\"", "$(x)", "a\\b", "é", "*"]
        let text = JobCommand("printf", ["%s|"] + odd).text
        let end = try await shop.shell(text)
        #expect(end.hasSucceeded)
        #expect(shop.log == odd.joined(separator: "|") + "|")
    }
}
