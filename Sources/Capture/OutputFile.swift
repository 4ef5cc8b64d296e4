import Foundation

/// A file that an export is to be, or to take the place of.
struct OutputFile {
    private let path: String

    init(_ path: String) { self.path = path }

    /// Says before the work is done what would be in its way at the end.
    ///
    /// - Parameter store: a database that is not to be replaced, nor what SQLite keeps beside it.
    func check(sparing store: String) throws(UnusableOutput) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path(percentEncoded: false)
        var isFolder: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            throw UnusableOutput(path: path, reason: "there is no folder \(folder)")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw UnusableOutput(path: path, reason: "the folder cannot be written")
        }
        if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw UnusableOutput(path: path, reason: "it is a folder")
        }
        for suffix in ["", "-wal", "-shm", "-journal"] where isSameFile(as: store + suffix) {
            throw UnusableOutput(path: path, reason: "the captured rows are in it; name another file")
        }
    }

    /// By the place on the disk, whatever the paths look like.
    private func isSameFile(as other: String) -> Bool {
        let (own, others) = (FileIdentity(path), FileIdentity(other))
        return own != nil && own == others
    }

    func replace(by partial: String) throws(UnusableOutput) {
        guard unsafe rename(partial, path) == 0 else {
            throw UnusableOutput(path: path, reason: unsafe String(cString: strerror(errno)))
        }
    }
}

private struct FileIdentity: Equatable {
    private let device: UInt64
    private let inode: UInt64

    init?(_ path: String) {
        var found = stat()
        guard unsafe stat(path, &found) == 0 else { return nil }
        (device, inode) = (UInt64(found.st_dev), UInt64(found.st_ino))
    }
}

/// Why an export cannot be written to a file.
package struct UnusableOutput: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path) cannot be written: \(reason)" }
}
