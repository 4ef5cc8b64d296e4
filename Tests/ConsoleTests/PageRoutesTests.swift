import Foundation
import Testing

@testable import Console

struct PageRoutesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../dashboards/console").standardizedFileURL

    /// Paths of the files there.
    private static var files: Set<String> {
        let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        let urls = (all?.allObjects as? [URL] ?? []).filter {
            (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
        }
        return Set(urls.map { String($0.standardizedFileURL.path().dropFirst(folder.path().count + 1)) })
    }

    @Test func `the program has every file of the folder, as it is there`() throws {
        let embedded = ConsoleAssets.embedded.files
        #expect(Set(embedded.keys) == Self.files, "tools/embed_console.py writes the list")
        for (path, asset) in embedded {
            let file = try Data(contentsOf: Self.folder.appending(path: path))
            #expect(asset.bytes == Array(file), "\(path)")
        }
    }

    @Test(arguments: [
        "/", "/models/m", "/models/a%2Fb", "/models/m/features/x", "/alerts", "/alerts/f00", "/streams",
        "/runs", "/runs/1", "/compare?runs=1,2", "/rollouts", "/rollouts/r", "/retraining", "/jobs/j",
    ])
    func `what a person has kept opens the page`(path: String) async throws {
        try await withConsole { console in
            let answer = try await console.get(path)
            #expect(answer.status == 200 && answer.contentType == "text/html; charset=utf-8")
            #expect(answer.body.hasPrefix("<!doctype html>"))
            #expect(
                answer.headers["Content-Security-Policy"] as? String
                    == "default-src 'self'; base-uri 'none'; frame-ancestors 'none'")
            #expect(answer.headers["X-Content-Type-Options"] as? String == "nosniff")
        }
    }

    @Test(arguments: ["/assets/", "/assets/none.js", "/assets/../index.html", "/assets/%2e%2e/x", "/other"])
    func `what is not there is not found`(path: String) async throws {
        try await withConsole { console in
            let answer = try await RawHTTP(port: console.port).send("GET", path)
            #expect(answer.status == 404)
        }
    }

    @Test func `a browser that has a file is told so`() async throws {
        try await withConsole { console in
            let first = try await console.get("/assets/index.html")
            let tag = try #require(first.headers["Etag"] as? String ?? first.headers["ETag"] as? String)
            let raw = RawHTTP(port: console.port)
            let plain = try await raw.send("GET", "/assets/index.html")
            #expect(plain.headers["etag"] != tag, "what is compressed is another representation")
            let again = try await raw.send(
                "GET", "/assets/index.html", ["If-None-Match": try #require(plain.headers["etag"])])
            #expect(again.status == 304 && again.bytes.isEmpty)
            let other = try await raw.send("GET", "/assets/index.html", ["If-None-Match": "\"old\""])
            #expect(other.status == 200)
        }
    }

    @Test(arguments: [
        (nil, false), ("gzip", true), ("br, gzip;q=0.5", true), ("*", true), ("gzip;q=0", false),
        ("gzip; q=0.0", false), ("identity", false), ("GZIP", true),
    ])
    func `gzip goes to who reads it`(accepted: String?, isCompressed: Bool) async throws {
        try await withConsole { console in
            let answer = try await RawHTTP(port: console.port).send(
                "GET", "/", accepted.map { ["Accept-Encoding": $0] } ?? [:])
            #expect(answer.headers["content-encoding"] == (isCompressed ? "gzip" : nil))
            #expect(answer.bytes.starts(with: isCompressed ? [0x1f, 0x8b] : Array("<!doctype".utf8)))
        }
    }
}
