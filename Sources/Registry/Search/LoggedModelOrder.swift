import GRDB

/// In which order logged models come: those without a value last, whichever the direction; of a metric the value
/// measured last counts, and NaN comes after the numbers. Ties are broken by the later creation, then by id.
struct LoggedModelOrder {
    private(set) var terms: [SQL] = []

    init(_ orders: [LoggedModelSearch.Order]) throws(RegistryError) {
        guard orders.count <= OrderTerm.most else {
            throw .invalid("`order_by` can contain at most \(OrderTerm.most) fields.")
        }
        for order in orders { terms += try Self.terms(order) }
        terms += ["logged_model.created DESC", "logged_model.id"]
    }

    private static func terms(_ order: LoggedModelSearch.Order) throws(RegistryError) -> [SQL] {
        let direction = SQL(sql: order.ascending ? " ASC" : " DESC")
        let field = order.fieldName
        if field.contains(".") {
            let measured = try lastMeasured(order)
            return ["ifnull(" + measured("is_nan") + ", 2)", measured("value") + direction]
        }
        guard let column = LoggedModelVocabulary.all.attributes[field] else {
            throw .invalid("Invalid order by field name: \(field)")
        }
        return [SQL(sql: "\(column.name) IS NULL"), SQL(sql: column.name) + direction]
    }

    private static func lastMeasured(
        _ order: LoggedModelSearch.Order
    ) throws(RegistryError) -> (_ column: String) -> SQL {
        let prefix = "metrics."
        guard order.fieldName.hasPrefix(prefix) else {
            throw .invalid("Invalid order by field name: \(order.fieldName). Only metrics are supported.")
        }
        var condition = SQL(
            sql: "entry.model = logged_model.id AND entry.key = ?",
            arguments: [String(order.fieldName.dropFirst(prefix.count))])
        if let name = order.datasetName, !name.isEmpty {
            condition += SQL(sql: " AND entry.dataset_name = ?", arguments: [name])
        }
        if let digest = order.datasetDigest, !digest.isEmpty {
            condition += SQL(sql: " AND entry.dataset_digest = ?", arguments: [digest])
        }
        return { column in
            SQL(sql: "(SELECT entry.\(column) FROM logged_model_metric AS entry WHERE ") + condition
                + " ORDER BY entry.timestamp DESC, entry.step DESC, entry.run LIMIT 1)"
        }
    }
}
