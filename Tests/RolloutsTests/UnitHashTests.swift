import Rollouts
import Testing

struct UnitHashTests {
    /// `printf 'r1/ann' | sha256sum | cut -c -16`.
    @Test(arguments: [
        ("r1", "ann", "8dd401e3139693d3"), ("r2", "ann", "ab1d24a3749949ae"), ("", "", "8a5edab282632443"),
        ("r1", "用户-7", "0c4161f45fb90d9c"),
    ])
    func `a unit is the beginning of a SHA-256`(rollout: String, unit: String, digits: String) {
        #expect(UnitHash(of: unit, rollout: rollout).description == digits)
    }

    @Test func `there are always sixteen digits`() {
        #expect(UnitHash(bits: 0xAB).description == "00000000000000ab")
    }
}
