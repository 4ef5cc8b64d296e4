import Logging
import Registry

/// Tells those who look on what changes in a registry, by what its audit log says: which thing it was, not how.
struct RegistryNews {
    private let registry: Registry
    private let feed: EventFeed
    private let logger: Logger

    init(_ registry: Registry, _ feed: EventFeed, _ logger: Logger) {
        (self.registry, self.feed, self.logger) = (registry, feed, logger)
    }

    /// Between looks.
    private static let interval = Duration.seconds(1)
    /// Entries that are looked at at once; what is beyond is told with the next look.
    private static let batch = 1000

    /// Looks and tells until it is cancelled.
    func tell() async {
        var last: Int64?
        while !Task.isCancelled {
            do {
                last = try await tell(after: last)
            } catch {
                logger.debug("what is new cannot be told: \(error)")
            }
            do { try await Task.sleep(for: RegistryNews.interval) } catch { return }
        }
    }

    /// - Returns: the newest entry that has been looked at.
    private func tell(after last: Int64?) async throws -> Int64 {
        guard let last else { return try await registry.audit(limit: 1).first?.sequence ?? 0 }
        let entries = try await registry.audit(after: last, limit: RegistryNews.batch)
        var told: Set<Change> = []
        for change in entries.compactMap(Change.init) where told.insert(change).inserted {
            feed.publish(change.name, change)
        }
        return entries.last?.sequence ?? last
    }

    /// A thing that is no longer as it was.
    struct Change: Hashable, Encodable {
        var name: String
        var id: String

        init(name: String, id: String) { (self.name, self.id) = (name, id) }

        /// `nil` of what no page shows.
        init?(_ entry: AuditEntry) {
            let kind = String(entry.action.prefix { $0 != "." })
            switch (kind, entry.action) {
            case (_, "alias.move"), (_, "model.promote"), (_, "model.rollback"), (_, "model.nominate"):
                self.init(name: "move", id: entry.subject)
            case ("rollout", _), ("job", _), ("run", _), ("model", _):
                self.init(name: kind, id: entry.subject)
            case ("retrain", _): self.init(name: "request", id: entry.subject)
            case ("version", _): self.init(name: "model", id: Change.model(ofVersion: entry.subject))
            default: return nil
            }
        }

        /// Of `name/version`; a name may have slashes of its own.
        private static func model(ofVersion subject: String) -> String {
            subject.lastIndex(of: "/").map { String(subject[..<$0]) } ?? subject
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            let thing = name == "move" ? "model" : name
            try container.encode([thing: id])
        }
    }
}
