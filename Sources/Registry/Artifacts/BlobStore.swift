/// Contents of artifacts, each stored once under its SHA-256.
package final class BlobStore: Sendable {
    let folder: String

    init(folder: String) throws {
        self.folder = folder
    }
}
