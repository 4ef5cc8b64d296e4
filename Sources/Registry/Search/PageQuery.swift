import GRDB

/// How a page of identifiers is asked of the database.
struct PageQuery {
    /// From `SELECT` up to the conditions.
    var selection: SQL
    var conditions: [SQL]
    var order: [SQL]

    func page<Item: Sendable>(
        _ page: PageRequest, in database: Database, _ item: (Row) -> Item
    ) throws -> Page<Item> {
        let offset = try page.offset
        let query = [
            selection, filter, " ORDER BY ", order.joined(separator: ", "), page.limit(after: offset),
        ].joined()
        let items = try SQLRequest<Row>(literal: query).fetchAll(database).map(item)
        guard items.count > page.maxResults else { return Page(items: items) }
        let next = PageToken(offset: offset + Int64(page.maxResults))
        return Page(items: Array(items.prefix(page.maxResults)), nextToken: next.text)
    }

    private var filter: SQL {
        conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    }
}

/// Which page: its size, and the token of the page before.
struct PageRequest {
    let maxResults: Int
    private let token: String?

    /// - Throws: `RegistryError.invalid` for a size beyond the limit.
    init(maxResults: Int, atMost limit: Int, token: String?) throws(RegistryError) {
        guard maxResults > 0 else {
            throw .invalid(
                "Invalid value \(maxResults) for parameter 'max_results' supplied. It must be a positive integer"
            )
        }
        guard maxResults <= limit else {
            throw .invalid(
                "Invalid value \(maxResults) for parameter 'max_results' supplied. It must be at most \(limit)"
            )
        }
        (self.maxResults, self.token) = (maxResults, token)
    }

    fileprivate var offset: Int64 {
        get throws(RegistryError) {
            guard let token, !token.isEmpty else { return 0 }
            return try PageToken(token).offset
        }
    }

    /// One more than asked for tells whether there is another page.
    fileprivate func limit(after offset: Int64) -> SQL {
        SQL(sql: " LIMIT ? OFFSET ?", arguments: [maxResults + 1, offset])
    }
}
