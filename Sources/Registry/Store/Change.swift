import GRDB

/// A change under way: one transaction, and whose it is.
struct Change {
    let database: Database
    let actor: Actor
    /// Milliseconds since 1970.
    let time: Int64

    func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
