import Testing

@testable import ConfigurationFile

struct ByteSizeTests {
    @Test(arguments: [("64MiB", 67_108_864), ("1 GiB", 1_073_741_824), ("500kB", 500_000), ("7B", 7)])
    func `a size has a number and a unit`(text: String, bytes: Int) throws {
        #expect(try ByteSize(configuration: text).bytes == bytes)
    }

    @Test(arguments: ["", "64", "MiB", "64mib", "-1MiB", "9999999999999GiB"])
    func `anything else is refused`(text: String) {
        #expect(throws: MalformedText.self) { try ByteSize(configuration: text) }
    }
}
