import GRDB

extension Registry {
    package func search(_ search: RunSearch) async throws -> Page<RunRecord> {
        try await read { database in
            try search.page(in: database).map { try RunRecord.of($0, database) }
        }
    }

    package func search(_ search: ExperimentSearch) async throws -> Page<Experiment> {
        try await read { database in
            try search.page(in: database).map { try Experiment.of($0, database) }
        }
    }

    package func search(_ search: LoggedModelSearch) async throws -> Page<LoggedModel> {
        try await read { database in
            try search.page(in: database).map { try LoggedModel.of($0, database) }
        }
    }

    package func search(_ search: RegisteredModelSearch) async throws -> Page<RegisteredModel> {
        try await read { database in
            try search.page(in: database).map { try RegisteredModel.named($0, database) }
        }
    }

    package func search(_ search: ModelVersionSearch) async throws -> Page<ModelVersion> {
        try await read { database in
            try search.page(in: database).map { try ModelVersion.of($0.model, $0.version, database) }
        }
    }
}

extension Page {
    fileprivate func map<Other: Sendable>(_ load: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(load), nextToken: nextToken)
    }
}
