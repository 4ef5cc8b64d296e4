import Foundation
import Testing

@testable import Daemon

@Suite struct FileMappingTests {
    private static let smaps = """
        55d0a000-55d0c000 r--p 00000000 fe:01 12  /usr/bin/leeway
        Size:                  8 kB
        Anonymous:             0 kB
        55d0c000-55d0e000 r-xp 00002000 fe:01 12  /usr/bin/leeway
        Anonymous:             0 kB
        55d0e000-55d0f000 r--p 00004000 fe:01 12  /usr/bin/leeway
        Anonymous:             4 kB
        55d0f000-55d10000 rw-p 00005000 fe:01 12  /usr/bin/leeway
        Anonymous:             0 kB
        7f000000-7f001000 r--s 00000000 fe:01 13  /tmp/shared
        Anonymous:             0 kB
        7f001000-7f002000 r--p 00000000 00:00 0
        Anonymous:             0 kB
        7ffd0000-7ffd2000 r-xp 00000000 00:00 0   [vdso]
        VmFlags: rd ex
        """

    @Test func `clean are the private mappings of files that are only read and have no page of their own`() {
        let mappings = FileMapping.all(smaps: Self.smaps)
        #expect(mappings.map(\.isClean) == [true, true, false, false, false, false, false])
        #expect(mappings[1].start == 0x55d0_c000)
        #expect(mappings[1].length == 0x2000)
    }

    @Test func `what is no list of mappings holds none`() {
        #expect(FileMapping.all(smaps: "Anonymous: 4 kB\n\n \nx y\n").isEmpty)
    }

    @Test func `the process goes on after its pages are dropped`() {
        dropStartUpPages()
        #expect(JSONSerialization.isValidJSONObject(["a": [1, 2, 3]]))
    }
}
