import GRDB

extension Registry {
    /// Reads everything that artifacts, versions and training sets name, and hashes it again.
    ///
    /// - Returns: a sentence for each content that is missing or was altered.
    package func verify() async throws -> [String] {
        var problems: [String] = []
        var last = ""
        while case let digests = try await namedDigests(after: last), let end = digests.last {
            for digest in digests {
                if let problem = try await problem(with: digest) { problems.append(problem) }
            }
            last = end
        }
        return problems
    }

    /// In portions: a long transaction would keep SQLite from tidying its log.
    private func namedDigests(after digest: String) async throws -> [String] {
        try await read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT digest FROM artifact WHERE digest > ?1
                    UNION SELECT digest FROM model_version_file WHERE digest > ?1
                    UNION SELECT id FROM training_set WHERE id > ?1
                    UNION SELECT reference FROM training_set WHERE reference > ?1 ORDER BY digest LIMIT 1000
                    """, arguments: [digest])
        }
    }

    private func problem(with digest: String) async throws -> String? {
        let fault: String
        do {
            let found = try await blobs.reader(of: digest).rehash()
            guard found != digest else { return nil }
            fault = "was altered: it hashes to \(found)"
        } catch {
            fault = error.isMissing ? "is missing" : "cannot be read: \(error)"
        }
        // Deleted since it was listed, perhaps.
        guard let place = try await place(of: digest) else { return nil }
        return "the content of \(place), \(digest), \(fault)"
    }

    private func place(of digest: String) async throws -> String? {
        try await read { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT path FROM artifact WHERE digest = ?1
                    UNION ALL SELECT 'versions/' || model || '/' || version || '/' || path
                    FROM model_version_file WHERE digest = ?1
                    UNION ALL SELECT 'dataset ' || id || ' of ' || model FROM training_set WHERE id = ?1
                    UNION ALL SELECT 'the reference of dataset ' || id || ' of ' || model
                    FROM training_set WHERE reference = ?1 LIMIT 1
                    """, arguments: [digest])
        }
    }
}
