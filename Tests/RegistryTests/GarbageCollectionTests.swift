import Foundation
import Testing

@testable import Registry

struct GarbageCollectionTests {
    private static let hour = Duration.seconds(3600)

    /// Content that is named, content that is not, both old; content that is new; a version's; an upload left behind.
    private static func store() async throws -> (ArtifactFixture, garbage: [String], kept: [String]) {
        let store = try ArtifactFixture()
        let named = try await store.put("named", at: "a").blob
        let replaced = try await store.put("replaced", at: "b").blob
        try await store.put("named", at: "b")
        let unnamed = try await store.store("unnamed")
        let pinned = try await store.put("pinned", at: "1/m/artifacts/x").blob
        _ = try await store.version("m", 1, of: "1/m/artifacts")
        try await store.registry.deleteArtifacts(at: ArtifactPath("1"), by: tester)
        let abandoned = store.artifacts + "/incoming/left"
        try Data("left".utf8).write(to: URL(filePath: abandoned))
        for file in [named, replaced, unnamed, pinned].map(store.file) + [abandoned] {
            try store.age(file, seconds: 7200)
        }
        let new = try await store.store("new")
        return (
            store, [replaced, unnamed].map(store.file) + [abandoned], [named, pinned, new].map(store.file)
        )
    }

    @Test func `content that nothing names goes when it is old`() async throws {
        let (store, garbage, kept) = try await Self.store()
        let expected = GarbageReport(blobs: 2, bytes: 8 + 7 + 4, abandonedUploads: 1)
        let tried = try await store.registry.collectGarbage(olderThan: Self.hour, dryRun: true, by: tester)
        #expect(tried == expected)
        #expect((garbage + kept).allSatisfy { FileManager.default.fileExists(atPath: $0) })

        let report = try await store.registry.collectGarbage(olderThan: Self.hour, dryRun: false, by: tester)
        #expect(report == expected)
        #expect(!garbage.contains { FileManager.default.fileExists(atPath: $0) })
        #expect(kept.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        #expect(try await store.registry.audit(limit: 1)[0].action == "artifact.collect")
        let again = try await store.registry.collectGarbage(olderThan: Self.hour, dryRun: false, by: tester)
        #expect(again == GarbageReport())
        #expect(try await store.registry.verify().isEmpty)
    }

    @Test func `an upload under way is left alone, however old`() async throws {
        let store = try ArtifactFixture()
        let upload = try store.registry.upload(to: ArtifactPath("a"))
        try await upload.write(Array("abc".utf8))
        try store.age(store.artifacts + "/" + store.files[0], seconds: 7200)
        let report = try await store.registry.collectGarbage(olderThan: Self.hour, dryRun: false, by: tester)
        #expect(report == GarbageReport())
        #expect(try await upload.finish().size == 3)
    }

    @Test func `writers beside it lose nothing`() async throws {
        let store = try ArtifactFixture()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for round in 0..<25 {
                        try await store.put("content \(round)", at: "w\(writer)/f\(round)")
                        try await store.put("other \(round)", at: "w\(writer)/f\(round)")
                    }
                }
            }
            for _ in 0..<10 {
                _ = try await store.registry.collectGarbage(
                    olderThan: .seconds(60), dryRun: false, by: tester)
            }
            try await group.waitForAll()
        }
        #expect(try await store.registry.verify().isEmpty)
    }

    @Test func `verifying names what is missing and what was altered`() async throws {
        let store = try ArtifactFixture()
        let altered = try await store.put("abc", at: "a").blob
        let missing = try await store.put("", at: "b").blob
        try await store.put("fine", at: "c")
        try FileManager.default.removeItem(atPath: store.file(of: altered))
        try Data("abd".utf8).write(to: URL(filePath: store.file(of: altered)))
        try FileManager.default.removeItem(atPath: store.file(of: missing))
        #expect(
            try await store.registry.verify() == [
                "the content of a, \(altered.digest), was altered: it hashes to "
                    + "a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9",
                "the content of b, \(missing.digest), is missing",
            ])
    }
}
