import Foundation
import Hummingbird
import Testing

@testable import Console
@testable import Registry

/// Answers of the real server are those of `mlflow server` 3.17.2, except where the test says otherwise.
struct ArtifactRoutesTests {
    static let artifacts = "/api/2.0/mlflow-artifacts/artifacts"
    static let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test(
        arguments: [
            ("a.txt", "text/plain", "attachment; filename=a.txt"),
            ("MLmodel", "text/plain", "attachment; filename=MLmodel"),
            (
                "caf%C3%A9%20x.png", "image/png",
                "attachment; filename=\"cafe x.png\"; filename*=UTF-8''caf%C3%A9%20x.png"
            ),
            ("q%22uote.json", "text/plain", "attachment; filename=\"q\\\"uote.json\""),
            ("sub/c.html", "text/html", "attachment; filename=c.html"),
            ("x.tar.gz", "application/x-tar", "attachment; filename=x.tar.gz"),
            ("a+b.txt", "text/plain", "attachment; filename=a+b.txt"),
            ("model.ubj", "application/octet-stream", "attachment; filename=model.ubj"),
        ])
    func `a file comes back as it went, with the headers of MLflow`(
        name: String, type: String, disposition: String
    ) async throws {
        try await withArtifacts { http, _ in
            let put = try await http.send("PUT", "\(Self.artifacts)/d/\(name)", body: Array("abc".utf8))
            #expect(put.status == 200)
            #expect(put.body.isEmpty)
            #expect(put.headers["content-length"] == "0")
            let get = try await http.send("GET", "\(Self.artifacts)/d/\(name)")
            #expect(get.status == 200)
            #expect(get.body == "abc")
            #expect(get.headers["content-type"] == type)
            #expect(get.headers["content-disposition"] == disposition)
            #expect(get.headers["content-length"] == "3")
            #expect(get.headers["x-content-type-options"] == "nosniff")
            #expect(get.headers["accept-ranges"] == "bytes")
            #expect(get.headers["etag"] == "\"\(Self.digest)\"")
            #expect(get.headers["last-modified"] == "Tue, 24 Nov 2026 10:50:27 GMT")
        }
    }

    @Test(arguments: [[], ["abc"], ["a", "bc", "def"]])
    func `bodies may come in chunks, and be empty`(chunks: [String]) async throws {
        try await withArtifacts { http, _ in
            let put = try await http.send("PUT", "\(Self.artifacts)/a", chunks: chunks)
            #expect(put.status == 200)
            #expect(try await http.send("GET", "\(Self.artifacts)/a").body == chunks.joined())
        }
    }

    @Test func `a body without length or chunks is an empty file`() async throws {
        try await withArtifacts { http, _ in
            #expect(try await http.send("PUT", "\(Self.artifacts)/a").status == 200)
            let get = try await http.send("GET", "\(Self.artifacts)/a")
            #expect(get.status == 200)
            #expect(get.headers["content-length"] == "0")
        }
    }

    @Test func `a large file comes back whole, also to many at once`() async throws {
        try await withArtifacts { http, _ in
            let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
            #expect(try await http.send("PUT", "\(Self.artifacts)/big", body: bytes).status == 200)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<5 {
                    group.addTask { try await http.send("GET", "\(Self.artifacts)/big").bytes == bytes }
                }
                for try await same in group { #expect(same) }
            }
        }
    }

    @Test func `a compressed body is stored as it was sent`() async throws {
        try await withArtifacts { http, _ in
            let body = [UInt8](Data(base64Encoded: "H4sIAAAAAAAAA0tMSgYAwkEkNQMAAAA=")!)
            let put = try await http.send(
                "PUT", "\(Self.artifacts)/a", ["Content-Encoding": "gzip"], body: body)
            #expect(put.status == 200)
            #expect(try await http.send("GET", "\(Self.artifacts)/a").bytes == body)
        }
    }

    // MARK: Hostile paths

    @Test(arguments: [
        "%2e%2e/x", "../x", "d/%2e%2e/%2e%2e/x", "%2Fetc/passwd", "/etc/passwd", "..%5Cx", "a%5Cb", "nul%00x",
        "d//a", "d/./a", "d/%2E/a", "d/a%2F", "nl%0Ax", "%", "%zz", "%c3%28", "a%2f..%2fb", "..",
        String(repeating: "x", count: 4097),
    ])
    func `a path that leads astray is refused`(path: String) async throws {
        try await withArtifacts { http, fixture in
            for method in ["PUT", "GET", "DELETE"] {
                let answer = try await http.send(
                    method, "\(Self.artifacts)/\(path)", body: method == "PUT" ? [1] : nil)
                #expect(answer.status == 400, "\(method)")
                #expect(answer.body == #"{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid path"}"#)
            }
            #expect(try fixture.files().isEmpty)
        }
    }

    /// The real server decodes until nothing changes, and refuses these; they name files like any other.
    @Test(arguments: [
        "%252e%252e/x", "pct%2520x", "h%23x", "a+b&c;=:'", "%E6%97%A5%2F%E8%AA%9E", "[x]", "100%25",
    ])
    func `a path is decoded once`(path: String) async throws {
        try await withArtifacts { http, fixture in
            #expect(try await http.send("PUT", "\(Self.artifacts)/\(path)", body: [1]).status == 200)
            #expect(try await http.send("GET", "\(Self.artifacts)/\(path)").bytes == [1])
            let stored = try #require(path.removingPercentEncoding)
            #expect(try await fixture.registry.artifact(at: ArtifactPath(stored)).blob.size == 1)
        }
    }

    // MARK: Parts and copies

    @Test(arguments: [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"), ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"), ("bytes=8-99", 206, "89", "bytes 8-9/10"),
        ("bytes=20-", 416, "", "bytes */10"), ("bytes=-0", 416, "", "bytes */10"),
    ])
    func `a range is answered with that part`(
        range: String, status: Int, body: String, contentRange: String
    ) async throws {
        try await withArtifacts { http, _ in
            _ = try await http.send("PUT", "\(Self.artifacts)/b.bin", body: Array("0123456789".utf8))
            let answer = try await http.send("GET", "\(Self.artifacts)/b.bin", ["Range": range])
            #expect(answer.status == status)
            #expect(answer.body == body)
            #expect(answer.headers["content-range"] == contentRange)
            #expect(answer.headers["content-length"] == "\(body.utf8.count)")
        }
    }

    @Test(
        arguments: [
            ("If-None-Match", "\"\(digest)\"", 304), ("If-None-Match", "W/\"\(digest)\"", 304),
            ("If-None-Match", "*", 304),
            ("If-None-Match", "\"a\", \"\(digest)\"", 304), ("If-None-Match", "\"a\"", 206),
            ("If-Range", "\"\(digest)\"", 206), ("If-Range", "\"a\"", 200),
            ("If-Range", "Tue, 24 Nov 2026 10:50:27 GMT", 206),
            ("If-Range", "Tue, 24 Nov 2026 10:50:28 GMT", 200),
        ])
    func `what the client has is not sent again`(header: String, value: String, status: Int) async throws {
        try await withArtifacts { http, _ in
            _ = try await http.send("PUT", "\(Self.artifacts)/a", body: Array("abc".utf8))
            let answer = try await http.send(
                "GET", "\(Self.artifacts)/a", [header: value, "Range": "bytes=1-1"])
            #expect(answer.status == status)
            #expect(answer.body == [304: "", 206: "b", 200: "abc"][status])
            #expect(answer.headers["etag"] == "\"\(Self.digest)\"")
        }
    }

    @Test func `HEAD has the headers of GET and no body`() async throws {
        try await withArtifacts { http, _ in
            _ = try await http.send("PUT", "\(Self.artifacts)/a", body: Array("abc".utf8))
            let head = try await http.send("HEAD", "\(Self.artifacts)/a")
            var get = try await http.send("GET", "\(Self.artifacts)/a")
            #expect(head.body.isEmpty)
            get.headers["date"] = head.headers["date"]
            #expect(head.headers == get.headers)
        }
    }

    // MARK: Listing and deleting

    @Test func `a directory is listed with names relative to it`() async throws {
        try await withArtifacts { http, _ in
            for path in ["d/b.bin", "d/sub/c", "d/caf%C3%A9%20x", "d/Z"] {
                _ = try await http.send("PUT", "\(Self.artifacts)/\(path)", body: [1])
            }
            _ = try await http.send("PUT", "\(Self.artifacts)/d/empty")
            let listing =
                #"{"files":[{"file_size":1,"is_dir":false,"path":"Z"},"#
                + #"{"file_size":1,"is_dir":false,"path":"b.bin"},{"file_size":1,"is_dir":false,"path":"café x"},"#
                + #"{"file_size":0,"is_dir":false,"path":"empty"},{"is_dir":true,"path":"sub"}]}"#
            #expect(try await http.send("GET", "\(Self.artifacts)?path=d").body == listing)
            #expect(try await http.send("GET", "\(Self.artifacts)?path=d/").body == listing)
            let root = #"{"files":[{"is_dir":true,"path":"d"}]}"#
            for target in ["", "/", "?path="] {
                #expect(try await http.send("GET", Self.artifacts + target).body == root)
            }
            for target in ["?path=d/b.bin", "?path=nope", "?path=d%2Fcaf%C3%A9+x"] {
                let answer = try await http.send("GET", Self.artifacts + target)
                #expect(answer.status == 200)
                #expect(answer.body == "{}")
                #expect(answer.headers["content-type"] == "application/json")
            }
            for path in ["../x", "/etc", "d//sub", "%2e%2e"] {
                let answer = try await http.send("GET", "\(Self.artifacts)?path=\(path)")
                #expect(answer.status == 400)
                #expect(answer.body.contains(#""message":"Invalid path""#))
            }
            let answer = try await http.send("GET", "\(Self.artifacts)?path=nul%00")
            #expect(answer.status == 400)
            #expect(answer.body.contains("it holds a NUL character"))
        }
    }

    @Test(arguments: ["a+b", "a%20b", "a%2520b"])
    func `a listed path may have its spaces as a form, a URL or a URI in a URL has them`(path: String)
        async throws
    {
        try await withArtifacts { http, _ in
            _ = try await http.send("PUT", "\(Self.artifacts)/a%20b/x", body: [1])
            let answer = try await http.send("GET", "\(Self.artifacts)?path=\(path)")
            #expect(answer.body == #"{"files":[{"file_size":1,"is_dir":false,"path":"x"}]}"#)
        }
    }

    @Test func `what is deleted is gone, and what is not there may be deleted`() async throws {
        try await withArtifacts { http, _ in
            _ = try await http.send("PUT", "\(Self.artifacts)/d/sub/c", body: [1])
            for path in ["nope", "d/sub", "d/sub/c"] {
                let answer = try await http.send("DELETE", "\(Self.artifacts)/\(path)")
                #expect(answer.status == 200)
                #expect(answer.body == "{}")
            }
            let missing = try await http.send("GET", "\(Self.artifacts)/d/sub/c")
            #expect(missing.status == 404)
            #expect(
                missing.body
                    == #"{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No such artifact: 'd/sub/c'"}"#)
        }
    }

    @Test func `a directory is no file`() async throws {
        try await withArtifacts { http, _ in
            _ = try await http.send("PUT", "\(Self.artifacts)/d/a", body: [1])
            let get = try await http.send("GET", "\(Self.artifacts)/d")
            #expect(get.status == 400)
            #expect(get.body.contains("Artifact path refers to a directory, not a file: 'd'"))
            // The real server answers 500, and its client tries again for four minutes.
            #expect(try await http.send("PUT", "\(Self.artifacts)/d", body: [1]).status == 400)
            #expect(try await http.send("PUT", "\(Self.artifacts)/d/a/b", body: [1]).status == 400)
        }
    }

    // MARK: Versions and runs

    @Test func `a version's files are read, and not written`() async throws {
        try await withArtifacts { http, fixture in
            _ = try await http.send("PUT", "\(Self.artifacts)/1/x", body: Array("abc".utf8))
            try await fixture.registry.change(by: Actor(name: "t", client: "t")) { change in
                try change.execute(
                    "INSERT INTO registered_model (name, created, updated, life) VALUES ('a b', 1, 1, 1)")
                try change.execute(
                    """
                    INSERT INTO model_version (model, version, created, updated, source)
                    VALUES ('a b', 1, 1, 1, '')
                    """)
                _ = try change.pin(filesUnder: ArtifactPath("1"), model: "a b", version: 1)
            }
            #expect(try await http.send("GET", "\(Self.artifacts)/versions/a%20b/1/x").body == "abc")
            for path in ["versions/a+b/1", "versions/a%2520b/1"] {
                let listing = try await http.send("GET", "\(Self.artifacts)?path=\(path)")
                #expect(listing.body == #"{"files":[{"file_size":3,"is_dir":false,"path":"x"}]}"#)
            }
            for method in ["PUT", "DELETE"] {
                let answer = try await http.send(method, "\(Self.artifacts)/versions/a%20b/1/x", body: [1])
                #expect(answer.status == 400)
                #expect(answer.body.contains("versions of models are immutable"))
            }
        }
    }

    @Test func `a run's artifacts are listed and read by the run's id`() async throws {
        try await withArtifacts { http, fixture in
            try await fixture.registry.change(by: Actor(name: "t", client: "t")) { change in
                for (run, uri) in [("r", "mlflow-artifacts:/0/r/artifacts"), ("s", "s3://bucket/s")] {
                    try change.execute(
                        """
                        INSERT INTO run (id, experiment, name, user, status, artifact_uri)
                        VALUES (?, 0, '', '', 'RUNNING', ?)
                        """, [run, uri])
                }
            }
            _ = try await http.send(
                "PUT", "\(Self.artifacts)/0/r/artifacts/m/h.txt", body: Array("vm\n".utf8))
            let list = "/api/2.0/mlflow/artifacts/list"
            let root = #""root_uri":"mlflow-artifacts:/0/r/artifacts"}"#
            let missingRun =
                #"{"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required "#
                + #"parameter 'run_id'. See the API docs for more information about request parameters."}"#
            for (target, status, body) in [
                ("\(list)?run_id=r", 200, #"{"files":[{"is_dir":true,"path":"m"}],"# + root),
                (
                    "/ajax-api/2.0/mlflow/artifacts/list?run_uuid=r&path=m", 200,
                    #"{"files":[{"file_size":3,"is_dir":false,"path":"m/h.txt"}],"# + root
                ),
                ("\(list)?run_id=r&path=m/h.txt", 200, "{" + root),
                (
                    "\(list)?run_id=nope", 404,
                    #"{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run with id=nope not found"}"#
                ),
                (list, 400, missingRun),
                ("/get-artifact?run_id=r&path=m/h.txt", 200, "vm\n"),
                ("/get-artifact?run_uuid=r&path=m/h.txt", 200, "vm\n"),
                (
                    "/get-artifact?run_id=r&path=nope", 404,
                    #"{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No such artifact: '0/r/artifacts/nope'"}"#
                ),
                (
                    "/get-artifact?run_id=r&path=../x", 400,
                    #"{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid path"}"#
                ),
                (
                    "/get-artifact?run_id=s&path=x", 400,
                    #"{"error_code":"INVALID_PARAMETER_VALUE","message":"The run's artifacts are not in this "#
                        + #"registry but at 's3://bucket/s'"}"#
                ),
            ] as [(String, Int, String)] {
                let answer = try await http.send("GET", target)
                #expect(answer.status == status, "\(target)")
                #expect(answer.body == body, "\(target)")
            }
        }
    }

    @Test(arguments: [
        ("POST", "mpu/create/d", "upload"), ("POST", "mpu/complete/d/e", "upload"),
        ("POST", "mpu/abort/d", "upload"),
        ("GET", "presigned/d/a.txt", "download"),
    ])
    func `parts on their own are declined, so that clients send files whole`(
        method: String, path: String, direction: String
    ) async throws {
        try await withArtifacts { http, _ in
            for root in ["api", "ajax-api"] {
                let answer = try await http.send(method, "/\(root)/2.0/mlflow-artifacts/\(path)")
                #expect(answer.status == 501)
                #expect(
                    answer.body
                        == #"{"error_code":"NOT_IMPLEMENTED","message":"Multipart \#(direction) is not supported "#
                        + #"for the current artifact repository"}"#)
            }
        }
    }

    // MARK: What goes wrong

    @Test(arguments: [
        ["Content-Length": "1000000"], ["Transfer-Encoding": "chunked"],
    ])
    func `an upload that breaks off leaves nothing behind`(headers: [String: String]) async throws {
        try await withArtifacts { http, fixture in
            let begun = headers["Content-Length"] == nil ? "5\r\nhello\r\n" : "hello"
            try await http.hangUp("PUT", "\(Self.artifacts)/a", headers, after: Array(begun.utf8))
            try await http.hangUp("PUT", "\(Self.artifacts)/b", headers, after: [])
            _ = try await http.send("PUT", "\(Self.artifacts)/c", body: [1])
            try await eventually { try fixture.files().count == 1 }
            #expect(try await http.send("GET", "\(Self.artifacts)?path=").body.contains(#""path":"c""#))
            for name in ["a", "b"] {
                #expect(try await http.send("GET", "\(Self.artifacts)/\(name)").status == 404)
            }
            #expect(try fixture.files().count == 1)
        }
    }

    @Test func `a store that takes no more says so, and clients do not try again`() async throws {
        try await withArtifacts { http, fixture in
            try FileManager.default.removeItem(atPath: fixture.folder + "/artifacts/incoming")
            let answer = try await http.send("PUT", "\(Self.artifacts)/a", body: [1])
            #expect(answer.status == 507)
            #expect(
                answer.body.hasPrefix(
                    #"{"error_code":"RESOURCE_EXHAUSTED","message":"The registry cannot store 'a'"#))
        }
    }

    @Test func `content that is lost is not passed off as a shorter file`() async throws {
        try await withArtifacts { http, fixture in
            _ = try await http.send("PUT", "\(Self.artifacts)/a", body: Array("abc".utf8))
            let file = fixture.folder + "/artifacts/ba/" + Self.digest.dropFirst(2)
            try FileManager.default.removeItem(atPath: file)
            try Data("a".utf8).write(to: URL(filePath: file))
            let answer = try? await http.send("GET", "\(Self.artifacts)/a")
            #expect(answer == nil || answer?.headers["content-length"] != "\(answer!.bytes.count)")
        }
    }
}

struct ArtifactServer {
    let folder: String
    let registry: Registry

    /// Every file in the store.
    func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder + "/artifacts").filter {
            $0.split(separator: "/").last!.utf8.count > 8
        }.filter { !$0.hasSuffix("incoming") }
    }
}

/// Serves a registry's artifacts, whose time stands still, while a body asks for them.
func withArtifacts(_ body: (RawHTTP, ArtifactServer) async throws -> Void) async throws {
    let folder = NSTemporaryDirectory() + "leeway-artifacts-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let server = ArtifactServer(
        folder: folder, registry: try Registry(folder: folder, clock: { 1_795_517_427_826 }))
    let router = Router(context: RegistryContext.self)
    router.add(middleware: MLflowErrors())
    ArtifactRoutes(registry: server.registry).add(to: router)
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
        router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { listening.yield($0.localAddress?.port ?? 0) }, logger: quietLogger)
    let serving = Task { try await application.run() }
    defer { serving.cancel() }
    guard let port = await ports.first(where: { _ in true }) else { throw RawHTTP.Failure() }
    try await body(RawHTTP(port: port), server)
}

private func eventually(_ condition: () throws -> Bool) async throws {
    for _ in 0..<100 where try !condition() { try await Task.sleep(for: .milliseconds(50)) }
    #expect(try condition())
}
