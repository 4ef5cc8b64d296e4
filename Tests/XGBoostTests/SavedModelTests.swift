import Testing
import XGBoost

@Suite struct SavedModelTests {
    @Test(arguments: ["1.7.6", "2.1.4"], ["json", "ubj"])
    func `the version is read from either format`(release: String, format: String) throws {
        let model = try SavedModel(try Golden.bytes("\(release)-binary-c.\(format)"))
        #expect(model.version.map(String.init).joined(separator: ".") == release)
        #expect(model.format.rawValue == format)
    }

    @Test(arguments: ["3.0.5", "3.2.0"], ["json", "ubj"])
    func `a model of XGBoost 3 is refused by its version`(release: String, format: String) throws {
        let bytes = try Golden.bytes("\(release)-binary-c.\(format)")
        let error = #expect(throws: SavedModelError.self) { try SavedModel(bytes) }
        #expect(error?.description.contains("XGBoost \(release)") ?? false)
    }

    @Test(arguments: ["json", "ubj"])
    func `a file cut short anywhere is refused`(format: String) throws {
        let bytes = try Golden.bytes("1.7.6-binary-c.\(format)")
        for length in stride(from: 0, to: bytes.count - 1, by: 7) {
            #expect(throws: SavedModelError.self) { try SavedModel(Array(bytes[..<length])) }
        }
    }

    @Test func `what is no model is refused`() {
        for text in [
            "", "binf", "{}", "[1,7,4]", #"{"version":"1.7.4"}"#, #"{"learner":{"version":[1,7,4]}}"#,
        ] {
            #expect(throws: SavedModelError.self) { try SavedModel(Array(text.utf8)) }
        }
    }

    @Test func `bytes changed at random end neither the process nor the scan`() throws {
        let bytes = try Golden.bytes("1.7.6-binary-c.ubj")
        var state: UInt64 = 7
        for _ in 0..<2000 {
            var damaged = bytes
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                damaged[Int(state >> 33) % damaged.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            _ = try? SavedModel(damaged)
        }
    }

    @Test func `lists nested without end are refused`() {
        let deep =
            Array("{i".utf8) + [1] + Array("a".utf8) + Array(repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: SavedModelError.noVersion) { try SavedModel(deep) }
    }

    @Test func `a list that claims more elements than there are bytes is refused`() {
        let claim: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        let bytes = Array("{i".utf8) + [1] + Array("a[$L#L".utf8) + claim
        #expect(throws: SavedModelError.noVersion) { try SavedModel(bytes) }
    }
}
