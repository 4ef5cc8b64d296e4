import Foundation
import Glibc

/// HTTP as bytes over a connection of its own: nothing is put right on the way, as a client's library would.
struct RawHTTP: Sendable {
    struct Answer: Sendable {
        var status: Int
        /// By name in lower case.
        var headers: [String: String]
        var bytes: [UInt8]

        var body: String { String(decoding: bytes, as: UTF8.self) }
    }

    struct Failure: Error {}

    let port: Int

    func send(
        _ method: String, _ target: String, _ headers: [String: String] = [:], body: [UInt8]? = nil
    ) async throws -> Answer {
        var headers = headers
        if let body, headers["Transfer-Encoding"] == nil { headers["Content-Length"] = "\(body.count)" }
        return try await exchange(head(method, target, headers) + (body ?? []))
    }

    /// Sends a body in chunks, the last of them empty.
    func send(_ method: String, _ target: String, chunks: [String]) async throws -> Answer {
        let body = (chunks + [""]).map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
        return try await send(method, target, ["Transfer-Encoding": "chunked"], body: Array(body.utf8))
    }

    /// Sends the beginning of a request, and is gone once the server is at work on it.
    func hangUp(
        _ method: String, _ target: String, _ headers: [String: String], after body: [UInt8]
    ) async throws {
        let bytes = head(method, target, headers) + body
        try await blocking {
            try withConnection { connection in
                try write(bytes, to: connection)
                Thread.sleep(forTimeInterval: 0.3)
            }
        }
    }

    private func head(_ method: String, _ target: String, _ headers: [String: String]) -> [UInt8] {
        let lines = headers.map { "\($0): \($1)\r\n" }.sorted().joined()
        return Array(
            "\(method) \(target) HTTP/1.1\r\nHost: registry\r\nConnection: close\r\n\(lines)\r\n".utf8)
    }

    private func exchange(_ bytes: [UInt8]) async throws -> Answer {
        let received = try await blocking {
            try withConnection { connection in
                try write(bytes, to: connection)
                return try readAll(from: connection)
            }
        }
        return try Answer(received)
    }

    /// On a thread of its own: those of the pools are the server's.
    private func blocking<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }

    // MARK: Sockets

    private func withConnection<Value>(_ body: (CInt) throws -> Value) throws -> Value {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        unsafe setsockopt(
            connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure() }
        return try body(connection)
    }

    private func write(_ bytes: [UInt8], to connection: CInt) throws {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    connection, buffer.baseAddress! + written, buffer.count - written,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure() }
            written += count
        }
    }

    private func readAll(from connection: CInt) throws -> [UInt8] {
        var (all, piece) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { buffer in
                unsafe recv(connection, buffer.baseAddress, buffer.count, 0)
            }
            guard count >= 0 else { throw Failure() }
            if count == 0 { return all }
            all += piece[..<count]
        }
    }
}

extension RawHTTP.Answer {
    fileprivate init(_ bytes: [UInt8]) throws {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { throw RawHTTP.Failure() }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        status = Int(lines[0].split(separator: " ")[1]) ?? 0
        headers = [:]
        for line in lines.dropFirst() {
            let colon = line.firstIndex(of: ":")!
            headers[line[..<colon].lowercased()] = line[colon...].dropFirst().trimmingCharacters(
                in: .whitespaces)
        }
        self.bytes = Array(bytes[end.upperBound...])
    }
}
