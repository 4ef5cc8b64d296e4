/// Part of an answer, and what to ask for the rest with.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    /// `nil` on the last page.
    package var nextToken: String?
}
