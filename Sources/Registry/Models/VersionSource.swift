import GRDB

/// Where the files of a version to be are found, and what is known of their making.
struct VersionSource {
    enum Files: Equatable {
        /// Among the registry's artifacts.
        case stored(ArtifactPath)
        /// Those of another version.
        case pinned(model: String, version: Int64)
        /// Beyond the registry's reach.
        case elsewhere
    }

    var files: Files
    var run: String
    var loggedModel: String?

    /// Resolves what a client named: leniently, as MLflow did before 3.17.
    init(_ origin: ModelVersion.Origin, _ database: Database) throws {
        (files, run, loggedModel) = (.elsewhere, origin.run, origin.loggedModel)
        try VersionSource.refuseLocalPath(origin.source)
        if let reference = origin.source.dropping(prefix: "models:/") {
            try resolve(model: reference, origin.source, database)
        } else if let reference = origin.source.dropping(prefix: "runs:/") {
            try resolve(run: reference, origin.source, database)
        } else if let path = try ArtifactPath.resolving(origin.source) {
            files = .stored(path)
        }
        if run.isEmpty, let loggedModel {
            run = try LoggedModel.find(loggedModel, database)?.sourceRun ?? ""
        }
    }

    private static func refuseLocalPath(_ source: String) throws {
        guard !source.isEmpty, !source.hasPrefix("/"), !source.hasPrefix("file:"), source.contains(":") else {
            throw RegistryError.invalid(
                "Invalid model version source: '\(source)'. A path of the client's own machine cannot be served: log "
                    + "the model to a run, or name a place that others can reach.")
        }
    }

    private mutating func resolve(model reference: Substring, _ source: String, _ database: Database) throws {
        let parts = reference.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 1, reference.hasPrefix("m-") {
            try adopt(LoggedModel.of(String(reference), database))
        } else if parts.count == 2, let version = Int64(parts[1]) {
            let other = try ModelVersion.of(String(parts[0]), version, database)
            files = other.digest == nil ? .elsewhere : .pinned(model: other.model, version: version)
            if run.isEmpty { run = other.run }
        } else {
            throw RegistryError.invalid(
                "Invalid model version source: '\(source)'. It must be models:/m-<id> or models:/<name>/<version>."
            )
        }
    }

    /// `RUN/PATH`: a folder of the run's artifacts or, since MLflow 3, the name of a model that the run logged.
    private mutating func resolve(run reference: Substring, _ source: String, _ database: Database) throws {
        let parts = reference.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else {
            throw RegistryError.invalid(
                "Invalid model version source: '\(source)'. It must be runs:/<run_id>/<path>.")
        }
        let maker = try Run.of(String(parts[0]), database)
        run = maker.id
        let path = try ArtifactPath.resolving("\(maker.artifactURI)/\(parts[1])")
        let id = try String.fetchOne(
            database,
            sql: """
                SELECT id FROM logged_model WHERE source_run = ? AND name = ? AND stage = 'active'
                ORDER BY created DESC LIMIT 1
                """, arguments: [maker.id, String(parts[1])])
        if let path, try database.hasFiles(at: path) {
            files = .stored(path)
        } else if let id {
            try adopt(LoggedModel.of(id, database))
        }
    }

    private mutating func adopt(_ model: LoggedModel) throws {
        loggedModel = model.id
        files = try ArtifactPath.resolving(model.artifactURI).map(Files.stored) ?? .elsewhere
        if run.isEmpty { run = model.sourceRun ?? "" }
    }
}

extension String {
    fileprivate func dropping(prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}

extension Database {
    /// At a path itself, or under it.
    fileprivate func hasFiles(at path: ArtifactPath) throws -> Bool {
        try row(ofArtifact: path.text) != nil || hasArtifacts(in: PathRange(under: path))
    }
}
