import Foundation
import Hummingbird
import Registry

/// An artifact as HTTP answers it: whole or in part, or not at all when the client has it already.
struct ArtifactResponse {
    let artifact: Artifact
    let content: BlobReader

    /// - Throws: `MLflowError` when a range lies beyond the end.
    func answer(_ request: Request) throws -> Response {
        if request.hasCopy(of: eTag) { return notModified() }
        let size = artifact.blob.size
        switch ByteRange(isRangeWanted(by: request) ? request.headers[.range] : nil, size: size) {
        case .whole: return answer(.ok, 0..<size)
        case .part(let range): return partial(range)
        case .unsatisfiable: return unsatisfiable()
        }
    }

    /// Content is named by its digest; so is its state.
    private var eTag: String { "\"\(artifact.blob.digest)\"" }

    private var lastModified: String { HTTPDate.text(artifact.modified) }

    /// `If-Range` guards against a range of something else than the client has the rest of.
    private func isRangeWanted(by request: Request) -> Bool {
        request.headers[.ifRange].map { $0 == eTag || $0 == lastModified } ?? true
    }

    private var headers: HTTPFields {
        [.eTag: eTag, .lastModified: lastModified, .acceptRanges: "bytes", .xContentTypeOptions: "nosniff"]
    }

    private func answer(_ status: HTTPResponse.Status, _ range: Range<Int64>) -> Response {
        var headers = headers
        headers[.contentType] = MediaType.of(artifact.path.name)
        headers[.contentDisposition] = ContentDisposition.attachment(artifact.path.name)
        return Response(status: status, headers: headers, body: body(range))
    }

    private func partial(_ range: Range<Int64>) -> Response {
        var response = answer(.partialContent, range)
        response.headers[.contentRange] =
            "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(artifact.blob.size)"
        return response
    }

    private func unsatisfiable() -> Response {
        var headers = headers
        headers[.contentRange] = "bytes */\(artifact.blob.size)"
        return Response(status: .rangeNotSatisfiable, headers: headers)
    }

    private func notModified() -> Response {
        var response = Response(status: .notModified, headers: headers)
        response.headers[.contentLength] = nil
        return response
    }

    /// The next piece is read while one is sent.
    private func body(_ range: Range<Int64>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { [content] writer in
            var (piece, offset) = (try await content.piece(of: range, at: range.lowerBound), range.lowerBound)
            while !piece.isEmpty {
                offset += Int64(piece.count)
                let start = offset
                async let next = content.piece(of: range, at: start)
                try await writer.write(ByteBuffer(bytes: piece))
                piece = try await next
            }
            try await writer.finish(nil)
        }
    }
}

extension BlobReader {
    /// As much of a range as is read at once, from `offset` on; nothing at its end.
    fileprivate func piece(of range: Range<Int64>, at offset: Int64) throws -> [UInt8] {
        let count = min(BlobReader.chunk, Int(range.upperBound - offset))
        let bytes = try read(at: offset, count: count)
        guard bytes.count == count else { throw TruncatedContent() }
        return bytes
    }
}

/// A file ended early; the client must not take what it got for all of it, so the connection breaks off.
private struct TruncatedContent: Error {}

extension Request {
    func hasCopy(of eTag: String) -> Bool {
        headers[values: .ifNoneMatch].joined(separator: ",").split(separator: ",").contains { element in
            let element = element.trimmingCharacters(in: .whitespaces)
            return element == "*" || element == eTag || element == "W/" + eTag
        }
    }
}
