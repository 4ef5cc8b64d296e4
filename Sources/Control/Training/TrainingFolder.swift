import Crypto
import Drift
package import Foundation
import Jobs

/// Files and folders of one training, under a folder that is removed when it ends.
package struct TrainingFolder: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// Makes it, empty.
    package func create() throws {
        remove()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    package func remove() { try? removeTree(path) }

    package subscript(name: String) -> String { "\(path)/\(name)" }

    /// A folder within it, which is there.
    package func folder(_ name: String) throws -> TrainingFolder {
        let folder = TrainingFolder(self[name])
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        return folder
    }

    package func write(_ data: Data, _ name: String) throws {
        try data.write(to: URL(fileURLWithPath: self[name]))
    }

    package func read(_ name: String) -> Data? { FileManager.default.contents(atPath: self[name]) }

    /// SHA-256, in hexadecimal.
    func digest(ofFile name: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: self[name]))
        defer { try? file.close() }
        var hash = SHA256()
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
        return hash.finalize().hexadecimal
    }

    package func contains(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self[name]) }

    /// The folder within it that an MLflow model fills, the topmost; itself where there is none.
    var holdingModel: TrainingFolder {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        let models = paths.filter { $0 == "MLmodel" || $0.hasSuffix("/MLmodel") }
        guard let topmost = models.min(by: { $0.utf8.count < $1.utf8.count }) else { return self }
        return TrainingFolder(URL(fileURLWithPath: self[topmost]).deletingLastPathComponent().path)
    }
}
