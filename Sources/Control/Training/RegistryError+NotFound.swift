import Registry

/// `nil` for what the registry does not have.
func ifThere<Value>(_ ask: () async throws -> Value) async throws -> Value? {
    do { return try await ask() } catch let error as RegistryError {
        guard error.kind == .notFound else { throw error }
        return nil
    }
}
