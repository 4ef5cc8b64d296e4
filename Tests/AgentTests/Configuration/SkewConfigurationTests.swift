import ConfigurationFile
import Drift
import Testing

@testable import Agent

struct SkewConfigurationTests {
    private func read(_ source: String) throws(InvalidConfiguration) -> SkewConfiguration? {
        let reading = try ConfigurationReading(
            source, file: "agent.conf", folder: "/etc/leeway", host: .make())
        return try reading.result(SkewConfiguration.read(from: reading.root))
    }

    private func mistakes(_ source: String) -> String {
        do throws(InvalidConfiguration) {
            _ = try read(source)
            return "none"
        } catch {
            return error.description
        }
    }

    @Test func `an extract is enough, all else has a default`() throws {
        let skew = try #require(try read("[skew]\nextract = \"features.csv\""))
        #expect((skew.extract, skew.key) == ("/etc/leeway/features.csv", "id"))
        #expect((skew.tolerance, skew.policy) == (.standard, SkewPolicy()))
        #expect(try read("model = \"fraud\"") == nil)
    }

    @Test func `every key is read`() throws {
        let skew = try #require(
            try read(
                """
                [skew]
                extract = "/data/features.csv.gz"
                key = "request"
                tolerance = 0
                mismatch = { warning = 0.1 }
                """))
        #expect((skew.extract, skew.key) == ("/data/features.csv.gz", "request"))
        #expect(skew.tolerance == SkewTolerance(relative: 0))
        #expect(skew.policy == SkewPolicy(limits: EffectSizes.Limits(warning: 0.1, critical: 0.1)))
    }

    @Test(arguments: [
        ("", "1: skew.extract: is required"),
        ("extract = \"f\"\nkey = \"\"", "3: skew.key: must not be empty"),
        ("extract = \"f\"\ntolerance = 1", "3: skew.tolerance: must be at least 0 and below 1, was 1.0"),
        ("extract = \"f\"\ntolerence = 0.1", "3: skew.tolerence: unknown key; did you mean \"tolerance\"?"),
        (
            "extract = \"f\"\nmismatch = { critical = 5 }",
            "3: skew.mismatch: is a share of rows, at most 1"
        ),
        (
            "extract = \"f\"\nmismatch = { warning = 0.2, critical = 0.1 }",
            "3: skew.mismatch: warning must not exceed critical"
        ),
    ])
    func `a mistake is named`(source: String, message: String) {
        #expect(mistakes("[skew]\n" + source) == "agent.conf:" + message)
    }
}
