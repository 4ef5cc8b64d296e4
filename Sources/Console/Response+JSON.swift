import FoundationEssentials
import Hummingbird

extension Response {
    /// JSON with sorted keys, so that the same state reads the same.
    static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return content(
            try encoder.encode(value), type: "application/json", status: status, headers: headers)
    }

    static func json(_ value: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response
    {
        content(value.bytes, type: "application/json", status: status, headers: headers)
    }

    static func text(
        _ text: String, type: String = "text/plain; charset=utf-8", status: HTTPResponse.Status = .ok
    ) -> Response {
        content(text.utf8, type: type, status: status, headers: [:])
    }

    private static func content(
        _ bytes: some Sequence<UInt8>, type: String, status: HTTPResponse.Status, headers: HTTPFields
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
