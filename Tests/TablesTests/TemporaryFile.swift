import Foundation

/// A file that lives as long as the test that wrote it.
final class TemporaryFile {
    let path: String

    init(_ text: String, name: String = "table.csv") throws { path = try write(Data(text.utf8), name) }

    init(bytes: [UInt8], name: String = "table.csv") throws { path = try write(Data(bytes), name) }

    deinit { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
}

private func write(_ data: Data, _ name: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "leeway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appending(path: name)
    try data.write(to: url)
    return url.path
}

/// `python3 -c 'import gzip; print(gzip.compress(b"x,c\n1,a\n2,b\n", mtime=0).hex())'`, byte by byte.
let gzippedTable: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0xD0,
    0x49, 0xE6, 0x32, 0xD4, 0x49, 0xE4, 0x32, 0xD2, 0x49, 0xE2, 0x02, 0x00,
    0x58, 0xB2, 0xE2, 0x6E, 0x0C, 0x00, 0x00, 0x00,
]
