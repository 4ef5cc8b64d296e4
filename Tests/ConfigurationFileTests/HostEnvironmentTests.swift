import Foundation
import Testing

@testable import ConfigurationFile

struct HostEnvironmentTests {
    private let host = HostEnvironment.current

    @Test func `a file can be read, a folder or nothing cannot`() throws {
        try withTemporaryFolder { folder in
            let file = folder + "/file with space"
            #expect(FileManager.default.createFile(atPath: file, contents: Data()))
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: file)
            #expect(host.obstacleToReading(file) == nil)
            #expect(host.obstacleToReading(folder + "/link") == nil)
            #expect(host.obstacleToReading(folder) == "it is a folder")
            #expect(host.obstacleToReading(folder + "/none") == "no such file")
        }
    }

    @Test func `a folder that can be made can be written`() throws {
        try withTemporaryFolder { folder in
            #expect(host.obstacleToWriting(folder) == nil)
            #expect(host.obstacleToWriting(folder + "/a/b") == nil)
            let file = folder + "/file"
            #expect(FileManager.default.createFile(atPath: file, contents: Data()))
            #expect(host.obstacleToWriting(file + "/a") == "\"\(file)\" is not a folder")
        }
    }

    private func withTemporaryFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }
}
