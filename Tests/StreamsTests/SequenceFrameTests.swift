import Streams
import Testing
import ZeroMQ

struct SequenceFrameTests {
    private func frame(_ bytes: [UInt8]) -> SequenceFrame? {
        Message([bytes]).withFrame(0) { SequenceFrame($0) }
    }

    @Test func `epoch and sequence are big-endian`() {
        let bytes: [UInt8] = [0, 0, 0, 0, 0, 0, 1, 2, 0xFF, 0, 0, 0, 0, 0, 0, 3]
        #expect(frame(bytes) == SequenceFrame(epoch: 258, sequence: 0xFF00_0000_0000_0003))
        #expect(frame(bytes)?.bytes == bytes)
    }

    @Test(arguments: [0, 8, 15, 17]) func `another length is another frame`(count: Int) {
        #expect(frame(Array(repeating: 0, count: count)) == nil)
    }
}
