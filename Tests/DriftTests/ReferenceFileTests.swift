import Drift
import Foundation
import Statistics
import Testing

@Suite struct ReferenceFileTests {
    private static func mixed(seed: UInt64 = 1) throws -> Reference {
        var random = SplitMix64(seed)
        let batch = RowBatch(
            .numbers(
                "x", (0..<200).map { _ in [nil, .nan, -.infinity, random.normal(0, 1e3)][random.below(4)] }),
            .texts(
                "place",
                (0..<200).map { _ in [nil, "a/b", "\"ü\"", "c\(random.below(90))"][random.below(4)] }),
            .integers("flag", (0..<200).map { _ in Int64(random.below(2)) }, .bool),
            .numbers("score", random.normals(200), part: .predictions),
            times: (0..<200).map { at(Int64($0) * hour - 5 * day) }, version: "3")
        return try Reference.of(
            batch, modelVersion: "3", blocks: .nanoseconds(day), offset: 5 * hour, knots: 40, categories: 30)
    }

    private static let small = try! Reference.of(.x([1, 2, 3]))
    private static let smallText = String(decoding: small.encoded(), as: UTF8.self)

    private static func read(_ text: String) throws -> Reference { try Reference(json: Data(text.utf8)) }

    /// Reads a file that was changed and then given the hash of what it now says.
    private static func readResealed(_ text: String) throws -> Reference {
        do {
            return try read(text)
        } catch ReferenceError.altered(let expected, let found) {
            return try read(text.replacingOccurrences(of: expected, with: found))
        }
    }

    // MARK: There and back

    @Test func `what is written is read back`() throws {
        let references = try [
            Self.mixed(), Self.small, Reference.of(.x([1, 2, 3, 4]), blocks: .rows(2)),
            Reference.of(.x([.infinity, -.infinity, -0.0, 1e308, .leastNonzeroMagnitude])),
            Reference.of(
                .x([1, 2], times: [at(0), at(1)]), blocks: .nanoseconds(1_234_567_891), offset: -7),
        ]
        for reference in references {
            let read = try Reference(json: reference.encoded())
            #expect(read == reference)
            #expect(read.encoded() == reference.encoded())
            #expect(read.profile.reference == reference.id)
            #expect(read.blocks?.blocks.allSatisfy { $0.profile.reference == reference.id } ?? true)
        }
    }

    @Test func `every row of the reference falls where it did`() throws {
        let reference = try Self.mixed()
        let read = try Reference(json: reference.encoded())
        let window = RowBatch(
            .numbers("x", [1, 2e9, nil]), .texts("place", ["a/b", "new", "c1"]),
            .integers("flag", [0, 1, 1], .bool))
        #expect(read.count(window) == reference.count(window))
        #expect(read.reports(window) == reference.reports(window))
    }

    // MARK: Identity

    @Test func `the id is the hash of the content`() throws {
        #expect(Self.small.id.hasPrefix("sha256:") && Self.small.id.count == 71)
        #expect(try Reference.of(.x([1, 2, 3])).id == Self.small.id)
        #expect(try Reference.of(.x([1]), .x([2, 3])).id == Self.small.id)
        #expect(try Self.mixed().id == Self.mixed().id)
        let others = try [
            Reference.of(.x([1, 2, 4])), Reference.of(.x([1, 2, 3, 3])), Reference.of(.x([1, 2, 3, nil])),
            Reference.of(.x([1, 2, 3]), modelVersion: "1"), Reference.of(.x([1, 2, 3]), blocks: .rows(1)),
            Reference.of(RowBatch(.numbers("y", [1, 2, 3]))),
        ].map(\.id)
        #expect(Set(others + [Self.small.id]).count == 7)
    }

    @Test func `an altered byte is noticed`() throws {
        let bytes = Array(try Self.mixed().encoded())
        var random = SplitMix64(1)
        var altered = 0
        for _ in 0..<150 {
            var copy = bytes
            copy[random.below(copy.count)] ^= 1 << UInt8(random.below(7))
            do {
                // A bit that base64 pads with says nothing: the content is the same.
                let read = try Reference(json: Data(copy))
                #expect(read.encoded() == Data(bytes))
            } catch ReferenceError.altered(let expected, let found) {
                #expect(expected != found)
                altered += 1
            } catch ReferenceError.unreadable, ReferenceError.newerVersion {}
        }
        #expect(altered > 15)
    }

    @Test func `an altered count says which hash was expected`() throws {
        let altered = Self.smallText.replacingOccurrences(of: "\"rows\":3", with: "\"rows\":4")
            .replacingOccurrences(of: "\"missing\":0", with: "\"missing\":1")
        let error = #expect(throws: ReferenceError.self) { try Self.read(altered) }
        guard case .altered(Self.small.id, let found) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(
            error?.description
                == "the reference was altered after it was built: its content hashes to \(found), "
                + "its id is \(Self.small.id)")
    }

    // MARK: What is no reference

    @Test(arguments: [
        ("", "not a reference file: "), ("not JSON", "not a reference file: "),
        ("{}", "not a reference file: 'format' is missing at the top"),
        ("[]", "not a reference file: "),
        ("{\"format\":\"leeway.reference\"}", "not a reference file: 'version' is missing"),
        ("{\"format\":\"other\",\"version\":1}", "not a reference file: its format is 'other'"),
        (
            "{\"format\":\"leeway.reference\",\"version\":1}",
            "not a reference file: 'id' is missing at the top"
        ),
        (
            "{\"format\":\"leeway.reference\",\"version\":2,\"anything\":[]}",
            "the reference is of format 2, this leeway reads format 1; use a newer leeway or build the reference again"
        ),
    ])
    func `garbage is told apart from a newer format`(text: String, message: String) {
        let error = #expect(throws: ReferenceError.self) { try Self.read(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func `a reference cut short is unreadable`() {
        let error = #expect(throws: ReferenceError.self) { try Self.read(String(Self.smallText.dropLast(9))) }
        guard case .unreadable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// The cells of `[1, 2, 3]` are AQEBAQEB: three times a gap of 1 and a count of 1.
    @Test(arguments: [
        ("AQEBAQEB", "AQEBAQkB", "counts lie outside of its cells"),
        ("AQEBAQEB", "AQEBAf////8PAQ==", "counts lie outside of its cells"),
        ("AQEBAQEB", "AQEBAQEC", "the counts do not add up at profile"),
        ("AQEBAQEB", "AQEBAQE", "cell counts are damaged at profile.features.Index 0.cells"),
        ("\"rows\":3", "\"rows\":2", "the counts do not add up at profile"),
        ("\"missing\":0", "\"missing\":18446744073709551615", "the counts do not add up at profile"),
        ("\"negative_infinity\":0", "\"negative_infinity\":1", "counts lie outside of its cells"),
        ("\"mistyped\":0", "\"mistyped\":1", "the counts do not add up at profile"),
        ("[1,2,3]", "[1,3,2]", "the knots of 'x' do not ascend"),
        ("[1,2,3]", "[1,2,\"NaN\"]", "the knots of 'x' do not ascend"),
        ("[1,2,3]", "[]", "the knots of 'x' do not ascend"),
        ("\"scale\":0.816496580927726", "\"scale\":0", "the knots of 'x' do not ascend"),
        ("\"scale\":0.816496580927726", "\"scale\":\"Infinity\"", "the knots of 'x' do not ascend"),
        (
            "\"family\":\"data\",\"kind\":\"numeric\"", "\"family\":\"data\",\"kind\":\"boolean\"",
            "its features are not those of its schema"
        ),
    ])
    func `a file that lies is unreadable, whoever sealed it`(text: String, lie: String, message: String) {
        #expect(Self.smallText.contains(text))
        let error = #expect(throws: ReferenceError.self) {
            try Self.readResealed(Self.smallText.replacingOccurrences(of: text, with: lie))
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("\"offset_seconds\":0,", "\"offset_seconds\":1e300,"),
        ("\"offset_seconds\":0,", "\"offset_seconds\":\"NaN\","),
        ("\"seconds\":86400", "\"seconds\":-1"), ("\"seconds\":86400", "\"seconds\":1e30"),
        (",\"seconds\":86400", ""),
    ])
    func `blocks of an absurd length are refused`(text: String, lie: String) throws {
        let reference = try Reference.of(.x([1, 2], times: [at(0), at(1)]), blocks: .nanoseconds(day))
        let json = String(decoding: reference.encoded(), as: UTF8.self)
        #expect(json.contains(text))
        #expect(throws: ReferenceError.unreadable("its blocks have no length")) {
            try Self.readResealed(json.replacingOccurrences(of: text, with: lie))
        }
    }
}
