/// Rows as training saw them, to be looked up by their key.
package protocol TrainingRows: Sendable {
    /// The names of all columns but the key's.
    var features: [String] { get }
    /// All rows, whether or not they can be looked up.
    var rowCount: Int { get }
    /// Rows that cannot be looked up, since an earlier one has their key.
    var repeatedKeys: Int { get }
    /// Rows that cannot be looked up, since they have no key.
    var withoutKey: Int { get }

    /// The first row with a key.
    func row(withKey key: [UInt8]) -> Int?
    func key(ofRow row: Int) -> [UInt8]
    func cell(_ feature: Int, ofRow row: Int) -> TrainingCell
}

/// A cell of a table, which has no types: as it is written, and the number it reads as.
package struct TrainingCell: Sendable, Equatable {
    package var text: String
    /// NaN for what stands for no number, such as NA; `nil` for what is no number at all.
    package var number: Double?

    package init(text: String, number: Double? = nil) { (self.text, self.number) = (text, number) }

    var asText: SkewValue { SkewValue(text: text) }
    var asNumber: SkewValue { number.map(SkewValue.init(number:)) ?? asText }
}

extension TrainingRows {
    /// The row that was served, by its request's id; from the second row of a request on by `id:index`. A request's
    /// first row may be written either way: nothing tells whether others came with it.
    func row(of served: ServedRow) -> Int? {
        if served.index == 0, let row = row(withKey: served.id) { return row }
        return row(withKey: served.id + ":\(served.index)".utf8)
    }
}
