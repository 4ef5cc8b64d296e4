/// Which rows belong together: rows of a day, a user or a request, which are not independent of one another.
package struct Clusters: Equatable, Sendable {
    /// Of each row, in 0..<`count`.
    package let indices: [Int]
    package let count: Int

    /// - Parameter keys: one a row. Clusters are numbered by ascending key, so that the order of rows changes nothing.
    package init(keys: [Int]) {
        let distinct = Set(keys).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(distinct, 0...))
        indices = keys.map { numbers[$0]! }
        count = distinct.count
    }
}
