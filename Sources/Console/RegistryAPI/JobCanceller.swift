package import Registry

/// Whoever runs jobs, and can end them.
package protocol JobCanceller: Sendable {
    /// Asks a job to end, which it will after a while; one that waits for its turn ends at once.
    ///
    /// - Throws: `RegistryError` when there is no such job, or it has ended otherwise.
    func cancel(job id: String, reason: String, by actor: Actor) async throws -> JobRecord
}
