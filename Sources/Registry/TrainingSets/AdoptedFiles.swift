package import Drift
import FoundationEssentials
import Retraining

extension Registry {
    /// Makes a file of the registry's machine a training set: it stays what it is, whatever becomes of the file. One that
    /// is ready already is taken as it was read then.
    ///
    /// - Parameter sha256: what the file has to hash to, where that is known.
    /// - Throws: `RegistryError`.
    package func adopt(
        file path: String, expecting sha256: String?, schema: ModelSchema, timeColumn: String?,
        for model: String, by actor: Actor
    ) async throws -> TrainingSet {
        let blob = try await content(ofFile: path)
        if let sha256, sha256.lowercased() != blob.digest {
            throw RegistryError.invalid(
                "\(path) hashes to \(blob.digest), and the request names \(sha256): the file has changed since."
            )
        }
        let known = try await read { try TrainingSet.find(blob.digest, of: model, $0) }
        if let known, known.state == .ready { return known }
        let offer = TrainingSetOffer(
            sha256: blob.digest, size: blob.size, schema: schema, timeColumn: timeColumn,
            source: ["file": path])
        guard case .kept(let set) = try await self.offer(offer, for: model, by: actor) else {
            throw RegistryError.conflict("The content of \(path) was cleared away; it is taken in again.")
        }
        return set
    }

    private func content(ofFile path: String) async throws -> Blob {
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(filePath: path).resolvingSymlinksInPath().path)
        guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular else {
            throw RegistryError.invalid(
                "\(path) cannot be read: there is no such file, or it is no plain one.")
        }
        let size = attributes[.size] as? Int64 ?? 0
        guard size <= trainingSetLimits.largest else {
            throw RegistryError.invalid(
                "\(path) has \(size) bytes, and a dataset at most \(trainingSetLimits.largest); the registry's setting "
                    + "'largest' under [registry.datasets] says so.")
        }
        guard try size <= blobs.room() else {
            throw RegistryError(
                .exhausted, "The registry's disk has not the room for \(path), which has \(size) bytes.")
        }
        do { return try await blobs.copy(of: path) } catch {
            throw RegistryError.invalid("\(path) cannot be read: \(error).")
        }
    }
}
