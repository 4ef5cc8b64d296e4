import GRDB

extension Registry {
    package func search(_ search: RunSearch) async throws -> Page<RunRecord> {
        try await find { database in
            try search.page(in: database).map { try RunRecord.of($0, database) }
        }
    }

    package func search(_ search: ExperimentSearch) async throws -> Page<Experiment> {
        try await find { database in
            try search.page(in: database).map { try Experiment.of($0, database) }
        }
    }

    package func search(_ search: LoggedModelSearch) async throws -> Page<LoggedModel> {
        try await find { database in
            try search.page(in: database).map { try LoggedModel.of($0, database) }
        }
    }

    package func search(_ search: RegisteredModelSearch) async throws -> Page<RegisteredModel> {
        try await find { database in
            try search.page(in: database).map { try RegisteredModel.named($0, database) }
        }
    }

    package func search(_ search: ModelVersionSearch) async throws -> Page<ModelVersion> {
        try await find { database in
            try search.page(in: database).map { try ModelVersion.of($0.model, $0.version, database) }
        }
    }
}

extension Registry {
    /// As many as search at a time; fewer than there are readers, so that no search holds up who reads.
    static let searchesAtOnce = 3
    private static let longestSearch = Duration.seconds(30)

    /// - Throws: `RegistryError` for a search that takes too long: it is given up.
    private func find<Value: Sendable>(
        _ question: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await searches.pass {
            try await withThrowingTaskGroup(of: Value.self) { group in
                group.addTask { try await self.read(question) }
                group.addTask {
                    try await Task.sleep(for: Registry.longestSearch)
                    throw RegistryError.invalid(
                        "The search takes more than \(Registry.longestSearch.components.seconds) seconds. Narrow it."
                    )
                }
                defer { group.cancelAll() }
                guard let found = try await group.next() else { throw CancellationError() }
                return found
            }
        }
    }
}

extension Page {
    fileprivate func map<Other: Sendable>(_ load: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(load), nextToken: nextToken)
    }
}
