import Drift
import Foundation

/// Writes a CSV file (RFC 4180), which is there in full or not at all.
struct TableWriter: ~Copyable {
    private let path: String
    private let partial: String
    private let file: FileHandle
    private var buffer: [UInt8] = []

    private static let pieceSize = 1 << 18

    static func open(_ path: String, header: [String]) throws -> TableWriter {
        let partial = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
        guard FileManager.default.createFile(atPath: partial, contents: nil),
            let file = FileHandle(forWritingAtPath: partial)
        else { throw DataProblem("\(path): cannot be written: is its folder there, and has it room?") }
        var writer = TableWriter(path: path, partial: partial, file: file)
        try writer.append(header.map { Array($0.utf8)[...] })
        return writer
    }

    private init(path: String, partial: String, file: FileHandle) {
        (self.path, self.partial, self.file) = (path, partial, file)
    }

    deinit { try? FileManager.default.removeItem(atPath: partial) }

    /// A row of a block of columns.
    mutating func append(_ block: [TextColumn], row: Int) throws {
        try append(block.map { $0.bytes[$0.range(row)] })
    }

    mutating func append(_ fields: [ArraySlice<UInt8>]) throws {
        for (index, field) in fields.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            buffer.append(csvField: field)
        }
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= TableWriter.pieceSize { try flush() }
    }

    private mutating func flush() throws {
        try file.write(contentsOf: Data(buffer))
        buffer.removeAll(keepingCapacity: true)
    }

    consuming func finish() throws {
        try flush()
        try file.synchronize()
        try file.close()
        guard unsafe rename(partial, path) == 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
    }
}
