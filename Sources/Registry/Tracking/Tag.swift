/// A key and its text: a tag or a parameter.
package struct Tag: Hashable, Codable, Sendable {
    package var key: String
    package var value: String

    package init(key: String, value: String) { (self.key, self.value) = (key, value) }
}

/// Whether something is there, or deleted and may be restored.
package enum LifecycleStage: String, Codable, Sendable {
    case active, deleted
}
