import Crypto
import Drift
import Foundation
import NIOCore

extension RegistryClient {
    /// Writes a training set's file, which is there in full or not at all: its bytes hash to its id.
    ///
    /// - Throws: `UnreadableFile`, `RegistryClientError`.
    package func download(trainingSet id: String, of model: String, to output: String) async throws {
        let partial = "\(output).partial-\(ProcessInfo.processInfo.processIdentifier)"
        guard FileManager.default.createFile(atPath: partial, contents: nil),
            let file = FileHandle(forWritingAtPath: partial)
        else { throw UnreadableFile(path: output, reason: "cannot be written") }
        defer { try? FileManager.default.removeItem(atPath: partial) }
        var hash = SHA256()
        try await stream(request("GET", path(model, id) + "/content", nil)) { buffer in
            let bytes = Data(buffer.readableBytesView)
            hash.update(data: bytes)
            try file.write(contentsOf: bytes)
        }
        try file.close()
        let found = hash.finalize().hexadecimal
        guard found == id else {
            throw RegistryClientError(
                .malformed, address,
                "the bytes of dataset \(id) hash to \(found): they were altered; nothing was written. "
                    + "`leeway registry verify` says more")
        }
        guard unsafe rename(partial, output) == 0 else {
            throw UnreadableFile(path: output, reason: "cannot be written")
        }
    }
}
