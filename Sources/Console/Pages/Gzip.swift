import CZlib
import Hummingbird

/// Bytes made smaller for their way to the client.
enum Gzip {
    enum Effort: Int32 {
        /// For what is made anew for each request.
        case quick = 4
        /// For what is made once.
        case thorough = 9
    }

    /// In gzip's format (RFC 1952).
    static func compressed(_ bytes: [UInt8], _ effort: Effort) -> [UInt8] {
        var stream = unsafe z_stream()
        let windowBits: Int32 = 15 + 16
        let status = unsafe deflateInit2_(
            &stream, effort.rawValue, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib cannot begin: \(status)")
        defer { unsafe deflateEnd(&stream) }
        var input = bytes
        return unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(input.count)
            let capacity = Int(unsafe deflateBound(&stream, UInt(input.count)))
            return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(capacity)
                let end = unsafe deflate(&stream, Z_FINISH)
                precondition(end == Z_STREAM_END, "zlib cannot end: \(end)")
                count = unsafe Int(stream.total_out)
            }
        }
    }
}

extension Request {
    /// Whether the client says that it reads gzip; a quality of 0 says that it does not (RFC 9110, section 12.5.3).
    var acceptsGzip: Bool {
        headers[values: .acceptEncoding].joined(separator: ",").split(separator: ",").contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard ["gzip", "*"].contains(parts.first) else { return false }
            return !parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
        }
    }
}

extension Response {
    /// JSON that may be large, compressed where the client reads that.
    static func largeJSON(_ bytes: [UInt8], for request: Request) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .vary: "Accept-Encoding"]
        guard request.acceptsGzip else {
            return Response(
                status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        headers[.contentEncoding] = "gzip"
        let body = Gzip.compressed(bytes, .quick)
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
