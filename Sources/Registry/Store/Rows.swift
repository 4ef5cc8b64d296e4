import GRDB

extension Tag {
    init(_ row: Row) { self.init(key: row["key"], value: row["value"]) }

    /// The tags of one owner, by key.
    static func all(_ database: Database, in table: TagTable, of owner: some DatabaseValueConvertible) throws
        -> [Tag]
    {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT key, value FROM \(table.rawValue) WHERE \(table.owner) = ? ORDER BY key"),
            arguments: [owner]
        ).map(Tag.init)
    }
}

/// Tables of keys and texts, each row with the owner it belongs to.
enum TagTable: String {
    case experimentTag = "experiment_tag"
    case runTag = "run_tag"
    case param
    case loggedModelTag = "logged_model_tag"
    case loggedModelParam = "logged_model_param"
    case registeredModelTag = "registered_model_tag"

    var owner: String {
        switch self {
        case .experimentTag: "experiment"
        case .runTag, .param: "run"
        case .loggedModelTag, .loggedModelParam, .registeredModelTag: "model"
        }
    }
}

extension Change {
    /// Sets a tag, whatever it was before.
    func set(_ tag: Tag, in table: TagTable, of owner: some DatabaseValueConvertible) throws {
        try execute(
            """
            INSERT INTO \(table.rawValue) (\(table.owner), key, value) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET value = excluded.value
            """, [owner, tag.key, tag.value])
    }

    /// - Returns: whether there was such a tag.
    func removeTag(
        _ key: String, in table: TagTable, of owner: some DatabaseValueConvertible
    ) throws -> Bool {
        try execute("DELETE FROM \(table.rawValue) WHERE \(table.owner) = ? AND key = ?", [owner, key])
        return database.changesCount > 0
    }
}
