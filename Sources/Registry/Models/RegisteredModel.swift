/// A name under which versions of a model are kept and served.
package struct RegisteredModel: Equatable, Sendable {
    package var name: String
    /// Milliseconds since 1970, as `updated` is.
    package var created: Int64
    package var updated: Int64
    package var description: String
    /// Its champion moves through `promote` alone.
    package var isProtected: Bool
    package var tags: [Tag]
    package var aliases: [AliasTarget]
    /// The newest version of each stage.
    package var latestVersions: [ModelVersion]
}

package struct AliasTarget: Equatable, Codable, Sendable {
    package var alias: String
    package var version: Int64
}

extension RegisteredModel {
    /// - Throws: `RegistryError` when no model can be called so.
    package static func checkName(_ name: String) throws(RegistryError) { try Names.checkModelName(name) }
}
