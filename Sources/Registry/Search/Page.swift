/// Part of an answer, and what to ask for the rest with.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    /// `nil` on the last page.
    package var nextToken: String?
}

extension Page {
    /// The first `count` of what was found; one more than those tells that there is a next page.
    init(cutting found: [Item], to count: Int, from offset: Int) {
        items = Array(found.prefix(count))
        nextToken = found.count > count ? PageToken.text(offset: offset + count) : nil
    }
}
