import Hummingbird
import Registry

/// Artifacts by MLflow's protocol: files go up and down whole, in memory that does not depend on their size.
///
/// File operations run on threads of their own, in pieces of 256 KiB: pieces that large hide the cost of changing
/// threads, and `fsync` holds up neither an event loop nor the pool that other requests are answered on.
struct ArtifactRoutes: Sendable {
    let registry: Registry

    func add(to router: Router<RegistryContext>) {
        for root in ["api/2.0", "ajax-api/2.0"] {
            let artifacts = "\(root)/mlflow-artifacts/artifacts"
            router.get("\(artifacts)") { request, _ in try await list(request) }
            router.get("\(artifacts)/**") { request, _ in try await get(request) }
            router.head("\(artifacts)/**") { request, _ in try await get(request).createHeadResponse() }
            router.put("\(artifacts)/**", use: put)
            router.delete("\(artifacts)/**", use: delete)
            router.post("\(root)/mlflow-artifacts/mpu/**") { _, _ -> Response in
                throw Self.unsupported("upload")
            }
            router.get("\(root)/mlflow-artifacts/presigned/**") { _, _ -> Response in
                throw Self.unsupported("download")
            }
            router.get("\(root)/mlflow/artifacts/list") { request, _ in try await listRun(request) }
            router.get("\(root)/mlflow/get-artifact") { request, _ in try await getFromRun(request) }
        }
        router.get("get-artifact") { request, _ in try await getFromRun(request) }
    }

    /// Clients match the beginning of this text, and then send files as they are.
    private static func unsupported(_ direction: String) -> MLflowError {
        MLflowError(
            code: .notImplemented,
            message: "Multipart \(direction) is not supported for the current artifact repository")
    }

    // MARK: By path

    private func get(_ request: Request) async throws -> Response {
        try await file(at: path(of: request), request)
    }

    private func file(at path: ArtifactPath, _ request: Request) async throws -> Response {
        let artifact = try await registry.artifact(at: path)
        return try ArtifactResponse(artifact: artifact, content: registry.content(of: artifact)).answer(
            request)
    }

    private func put(_ request: Request, _ context: RegistryContext) async throws -> Response {
        let path = try path(of: request)
        do {
            let blob = try await receive(request, for: path)
            try await registry.put(blob, at: path, by: context.actor)
            return Response(status: .ok)
        } catch let error as BlobStoreError where error.isStorageFailure {
            context.logger.error("cannot store \(path): \(error)")
            throw MLflowError(
                code: .resourceExhausted, message: "The registry cannot store '\(path)': \(error)")
        }
    }

    private func receive(_ request: Request, for path: ArtifactPath) async throws -> Blob {
        let upload = try registry.upload(to: path)
        try await request.receive { try await upload.write($0) }
        return try await upload.finish()
    }

    private func delete(_ request: Request, _ context: RegistryContext) async throws -> Response {
        try await registry.deleteArtifacts(at: path(of: request), by: context.actor)
        return .json(JSON.object([:]))
    }

    /// What follows the endpoint, decoded once; a `+` is a plus.
    private func path(of request: Request) throws -> ArtifactPath {
        guard let endpoint = request.uri.path.firstRange(of: "/mlflow-artifacts/artifacts/"),
            let path = String(request.uri.path[endpoint.upperBound...]).percentDecoded
        else { throw MLflowError.invalid("Invalid path") }
        return try ArtifactPath(path)
    }

    // MARK: Listing

    private func list(_ request: Request) async throws -> Response {
        let path = try await RequestFields.of(request).text("path")
        return try await .json(
            ["files": JSON.list(entries(under: path ?? "").map { $0.json(in: "") })] as JSON)
    }

    /// MLflow's client lists by an artifact URI's path as the URI spells it, but reads and writes files by the same
    /// path decoded; so what is listed has its escapes resolved where that leads somewhere.
    private func entries(under text: String) async throws -> [ArtifactEntry] {
        let text = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard !text.isEmpty else { return try await registry.artifacts(under: nil) }
        let path = try ArtifactPath(text)
        if let decoded = text.percentDecoded, decoded != text, let other = try? ArtifactPath(decoded) {
            let entries = try await registry.artifacts(under: other)
            if !entries.isEmpty { return entries }
        }
        return try await registry.artifacts(under: path)
    }

    // MARK: By run

    private func listRun(_ request: Request) async throws -> Response {
        let fields = try await RequestFields.of(request)
        let uri = try await artifactURI(fields)
        let root = try root(uri)
        let path = try fields.text("path").flatMap { $0.isEmpty ? nil : try ArtifactPath($0) }
        let entries = try await registry.artifacts(under: path.map(root.appending) ?? root)
        let files = entries.map { $0.json(in: path.map { "\($0)/" } ?? "") }
        return .json(["root_uri": .text(uri), "files": JSON.list(files)] as JSON)
    }

    private func getFromRun(_ request: Request) async throws -> Response {
        let fields = try await RequestFields.of(request)
        let path = try ArtifactPath(fields.required("path", fields.text))
        return try await file(at: root(artifactURI(fields)).appending(path), request)
    }

    private func artifactURI(_ fields: RequestFields) async throws -> String {
        guard let run = try fields.text("run_id") ?? fields.text("run_uuid"), !run.isEmpty else {
            throw fields.missing("run_id")
        }
        return try await registry.artifactURI(ofRun: run)
    }

    private func root(_ uri: String) throws -> ArtifactPath {
        guard let path = try ArtifactPath.resolving(uri) else {
            throw MLflowError.invalid("The run's artifacts are not in this registry but at '\(uri)'")
        }
        return path
    }
}

extension ArtifactEntry {
    /// `is_dir` is always said: clients read it without asking whether it is there.
    fileprivate func json(in directory: String) -> JSON {
        ["path": .text(directory + name), "is_dir": .bool(isDirectory), "file_size": JSON(size)]
    }
}
