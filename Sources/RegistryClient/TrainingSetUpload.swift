import AsyncHTTPClient
package import Drift
import Foundation
import NIOCore
import Retraining

extension RegistryClient {
    /// How much is sent at once: what a registry has is asked again after each.
    private static let piece: Int64 = 32 << 20

    /// Uploads a file that a model may be trained on. What the registry has of it already is not sent again; when the
    /// connection breaks or the registry is gone, it goes on where that was.
    ///
    /// - Parameters:
    ///   - patience: for how long it goes on trying when nothing gets through.
    ///   - progress: is told how many bytes are there, and of how many.
    /// - Returns: the training set, which the registry is about to inspect.
    /// - Throws: `UnreadableFile`, `RegistryClientError`.
    package func upload(
        _ path: String, for model: String, schema: ModelSchema, timeColumn: String? = nil,
        labelCutoff: Timestamp? = nil, source: [String: String] = [:], patience: Duration = .seconds(60),
        progress: (_ sent: Int64, _ size: Int64) -> Void = { _, _ in }
    ) async throws -> Answer<TrainingSetSummary> {
        let file = try await UploadedFile.reading(path)
        let offer = TrainingSetOffer(
            sha256: file.sha256, size: file.size, schema: schema, timeColumn: timeColumn,
            labelCutoff: labelCutoff, source: source)
        var effort = Effort(patience: patience)
        while true {
            do {
                return try await upload(file, offer, for: model, &effort, progress)
            } catch let error as RegistryClientError where error.kind == .unreachable {
                try await effort.pause(after: error)
            }
        }
    }

    /// Sends what is missing, as long as the registry is there.
    private func upload(
        _ file: UploadedFile, _ offer: TrainingSetOffer, for model: String, _ effort: inout Effort,
        _ progress: (Int64, Int64) -> Void
    ) async throws -> Answer<TrainingSetSummary> {
        var answer = try await self.offer(offer, for: model)
        while answer.value.state == .uploading {
            let offset = answer.value.offset ?? 0
            effort.note(offset)
            progress(offset, file.size)
            do {
                answer = try await send(file, from: offset, for: model)
            } catch {
                guard error.kind == .conflict else { throw error }
                // Somebody else sends the same file, and is further.
                try await effort.pause(after: error)
                answer = try await self.offer(offer, for: model)
            }
        }
        progress(file.size, file.size)
        return answer
    }

    private func offer(
        _ offer: TrainingSetOffer, for model: String
    ) async throws(RegistryClientError) -> Answer<TrainingSetSummary> {
        try await send("POST", "/api/v1/models/\(model.percentEncoded)/training-sets", body: offer)
    }

    private func send(
        _ file: UploadedFile, from offset: Int64, for model: String
    ) async throws(RegistryClientError) -> Answer<TrainingSetSummary> {
        let length = min(file.size - offset, RegistryClient.piece)
        var request = request("PATCH", path(model, file.sha256), nil)
        request.headers.add(name: "upload-offset", value: "\(offset)")
        request.headers.add(name: "content-type", value: "application/octet-stream")
        request.body = .stream(
            FilePieces(path: file.path, offset: offset, length: length), length: .known(length))
        return try await answer(to: request, timeout: .minutes(10))
    }
}

/// How long nothing has got through.
private struct Effort {
    let patience: Duration
    private var reached: Int64 = -1
    private var waited = Duration.zero
    private var failures = 0

    init(patience: Duration) { self.patience = patience }

    mutating func note(_ offset: Int64) {
        guard offset > reached else { return }
        (reached, waited, failures) = (offset, .zero, 0)
    }

    /// - Throws: the error itself when patience has come to an end.
    mutating func pause(after error: RegistryClientError) async throws {
        guard waited < patience else { throw error }
        let pause = min(Duration.milliseconds(250 << min(failures, 5)), .seconds(5))
        failures += 1
        waited += pause
        try await Task.sleep(for: pause)
    }
}
