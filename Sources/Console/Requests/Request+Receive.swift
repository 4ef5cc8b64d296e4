import Hummingbird
import Registry

extension Request {
    /// Hands over the body in pieces that are written together; the next is received while one is written.
    ///
    /// - Throws: `MLflowError` when the body ends early.
    func receive(_ write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        var body = body.makeAsyncIterator()
        var total = 0
        var piece = try await nextPiece(of: &body)
        while !piece.isEmpty {
            total += piece.count
            let received = piece
            async let written: Void = write(received)
            piece = try await nextPiece(of: &body)
            try await written
        }
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced != total {
            throw Request.brokenOff
        }
    }

    /// Bytes to be written together; none at the end.
    private func nextPiece(of body: inout RequestBody.AsyncIterator) async throws -> [UInt8] {
        var piece: [UInt8] = []
        do {
            while piece.count < BlobReader.chunk, let buffer = try await body.next() {
                piece.append(contentsOf: buffer.readableBytesView)
            }
        } catch {
            throw Request.brokenOff
        }
        return piece
    }

    private static let brokenOff = MLflowError(code: .badRequest, message: "The upload broke off")
}
