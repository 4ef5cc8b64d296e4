import Foundation
import Testing
import ZeroMQ

struct IPCPathTests {
    private let path = NSTemporaryDirectory() + "ipc-\(UUID().uuidString.prefix(8))"
    private var endpoint: String { "ipc://\(path)" }

    @Test func `a file of data at the path is left alone`() throws {
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        defer { unsafe unlink(path) }
        let socket = try Socket(.pull, in: Context())
        let error = #expect(throws: ZeroMQError.self) { try socket.bind(to: endpoint) }
        #expect(error?.reason == "there is a file at that path which is not a socket; it is left alone")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test func `a path that another socket listens at is refused`() throws {
        let first = try Socket(.pull, in: Context())
        let second = try Socket(.pull, in: Context())
        try first.bind(to: endpoint)
        let error = #expect(throws: ZeroMQError.self) { try second.bind(to: endpoint) }
        #expect(error?.reason == "another process listens at that path")
    }

    @Test func `a socket file that nobody listens on any more is replaced`() throws {
        try leaveStaleSocket()
        defer { unsafe unlink(path) }
        let socket = try Socket(.pull, in: Context())
        try socket.bind(to: endpoint)
    }

    @Test(arguments: [("bind", 108), ("connect to", 108), ("bind", 300)])
    func `a path longer than the system allows is refused`(operation: String, bytes: Int) throws {
        let socket = try Socket(.pull, in: Context())
        let endpoint = "ipc:///" + String(repeating: "x", count: bytes - 1)
        let error = #expect(throws: ZeroMQError.self) {
            operation == "bind" ? try socket.bind(to: endpoint) : try socket.connect(to: endpoint)
        }
        #expect(error?.reason == "the path has \(bytes) bytes, 107 are allowed")
        #expect(error?.operation == operation)
    }

    /// As a killed process leaves it: bound once, then closed without unlinking.
    private func leaveStaleSocket() throws {
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe bind(file, rebound, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }
}
