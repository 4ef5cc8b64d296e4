import Drift
import Foundation
import Testing

@testable import EventDelivery

struct StandardOutputSinkTests {
    @Test func `each event is a line`() async throws {
        let pipe = Pipe()
        let sink = try StandardOutputSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try await sink.deliver(.make(id: "1"))
        try await sink.deliver(.make(id: "2"))
        let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        #expect(text.split(separator: "\n").count == 2)
        #expect(text.hasSuffix("}\n"))
    }

    @Test func `a full device is an error`() async throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let sink = try StandardOutputSink(descriptor: full.fileDescriptor)
        await #expect(throws: SinkError(sink: "standard output", operation: .write, code: ENOSPC)) {
            try await sink.deliver(.make())
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a line cut off by a reader that is stuck spoils only itself`() async throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        // A pipe holds 16 pages; all but one are full.
        let (page, filling) = (4096, Data(repeating: 0, count: 15 * 4096))
        try pipe.fileHandleForWriting.write(contentsOf: filling)

        let sink = try StandardOutputSink(descriptor: descriptor)
        var event = DriftEvent.make()
        event.data.reference = String(repeating: "a", count: page)
        await #expect(throws: SinkError(sink: "standard output", operation: .write, code: EAGAIN)) {
            try await sink.deliver(event)
        }
        _ = pipe.fileHandleForReading.readData(ofLength: filling.count)
        try await sink.deliver(event)
        let whole = try OutgoingEvent(event).line
        let printed = pipe.fileHandleForReading.readData(ofLength: page + 1 + whole.count)
        #expect(Array(printed) == whole[..<page] + [UInt8(ascii: "\n")] + whole)
    }

    @Test func `a descriptor that is closed is an error at once`() {
        #expect(throws: SinkError(sink: "standard output", operation: .open, code: EBADF)) {
            try StandardOutputSink(descriptor: -1)
        }
    }
}
