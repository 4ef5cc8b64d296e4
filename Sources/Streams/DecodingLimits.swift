/// What one message may ask for. Every bound is far above what a model is fed, and below what could hurt.
package struct DecodingLimits: Equatable, Sendable {
    /// All frames of a message together; also the largest frame that a connection may bring.
    package var messageBytes = 16 << 20
    package var columns = 10_000
    package var rows = 1_000_000
    /// Rows times columns: a batch of `rows` in which every row names other features grows with the square.
    package var cells = 16 << 20
    /// The name of a tensor or a feature, in bytes.
    package var nameBytes = 1024

    package init() {}
}

extension DecodingLimits {
    func check(columns count: Int) throws(Rejection) {
        try check(count, columns, "columns", "max_columns")
    }

    func check(rows count: Int) throws(Rejection) {
        try check(count, rows, "rows", "max_rows")
    }

    func check(cells rows: Int, by columns: Int) throws(Rejection) {
        let (cells, overflow) = rows.multipliedReportingOverflow(by: columns)
        try check(overflow ? .max : cells, self.cells, "cells (rows × columns)", "max_cells")
    }

    func check(messageBytes count: Int) throws(Rejection) {
        try check(count, messageBytes, "bytes", "max_message_bytes")
    }

    func check(name: JSONText) throws(Rejection) {
        guard name.count > nameBytes else { return }
        throw Rejection(
            .oversized, "the name \(Rejection.quote(name)) has \(name.count) bytes, \(nameBytes) are allowed")
    }

    private func check(_ count: Int, _ limit: Int, _ what: String, _ name: String) throws(Rejection) {
        guard count > limit else { return }
        throw Rejection(.oversized, "the message has \(count) \(what), \(name) is \(limit)")
    }
}
