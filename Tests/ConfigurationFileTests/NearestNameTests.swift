import Testing

@testable import ConfigurationFile

struct NearestNameTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("lenght", "length", 1), ("ab", "ba", 1),
        ("a", "b", 1),
    ])
    func `a swap of neighbours is one edit`(a: String, b: String, distance: Int) {
        #expect(editDistance(a, b) == distance)
        #expect(editDistance(b, a) == distance)
    }

    @Test func `a name is suggested only when it is near`() {
        #expect(nearestName(to: "lenght", among: ["length", "step"]) == "length")
        #expect(nearestName(to: "warn", among: ["critical", "warning"]) == "warning")
        #expect(nearestName(to: "height", among: ["length", "step"]) == nil)
        #expect(nearestName(to: "a", among: []) == nil)
    }
}
