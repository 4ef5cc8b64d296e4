import ConfigurationFile
import Drift
import Foundation
import Registry
import Retraining

/// The rows that a request is to be trained on.
enum TrainingRows: Equatable, Sendable {
    case ready(TrainingSet)
    /// A file on this machine that is yet to become a training set.
    case file(path: String, sha256: String?)
    /// They may come yet.
    case awaited(String)
    case unusable(String)

    /// How long a file may wait for its turn to be read, and be read.
    fileprivate static let readingTime = Duration.seconds(3600)
}

extension Registry {
    /// Where the rows of a request are: those that whoever asked has named, else those of the recipe, else what an agent
    /// has brought, and when none has for so long, the newest training set that the model has.
    func rows(for record: RetrainRecord, _ model: TrainedModel) async throws -> TrainingRows {
        let named = try await namedRows(record)
        if let named, case .ready(let set) = named, set.isBrought(for: record.id) {
            return recipeFile(model) ?? named
        }
        if let found = named ?? recipeFile(model) { return found }
        let (waited, wait) = (now - (record.accepted ?? now), model.datasetWait.components.seconds * 1000)
        guard waited >= wait else {
            return .awaited(
                "waits until \(Timestamp(milliseconds: (record.accepted ?? now) + wait)) for an agent to bring rows that it "
                    + "has captured; then the newest dataset is taken")
        }
        return try await newestRows(of: record.model, after: model.datasetWait)
    }

    private func namedRows(_ record: RetrainRecord) async throws -> TrainingRows? {
        guard let dataset = record.request.dataset else { return nil }
        switch try dataset.location() {
        case .kept(let id): return rows(try await trainingSet(id, of: record.model))
        case .file(let path): return .file(path: path, sha256: dataset.sha256)
        }
    }

    private func recipeFile(_ model: TrainedModel) -> TrainingRows? {
        guard case .file(let path) = model.recipe.dataset else { return nil }
        return .file(path: model.path(path), sha256: nil)
    }

    private func newestRows(of model: String, after wait: Duration) async throws -> TrainingRows {
        let newest = try await trainingSets(of: model, limit: 1000).first {
            $0.state == .ready && !$0.isForShadow
        }
        guard let newest else {
            return .unusable(
                "no agent has brought rows of \(model) within \(wait.configurationText), and there is no "
                    + "dataset: see [stream.capture] of an agent.conf, or `leeway dataset add`")
        }
        return .ready(newest)
    }

    private func rows(_ set: TrainingSet) -> TrainingRows {
        switch set.state {
        case .ready: .ready(set)
        case .inspecting: .awaited("waits for dataset \(set.id.prefix(12)) to be read")
        case .unusable: .unusable("dataset \(set.id.prefix(12)) is unusable: \(set.reason)")
        }
    }

    /// Makes a file of this machine a training set, and waits until it has been read.
    func adopt(
        _ path: String, expecting sha256: String?, _ model: TrainedModel, schema: ModelSchema
    ) async throws -> TrainingSet {
        let name = model.recipe.model
        let set: TrainingSet
        do {
            set = try await adopt(
                file: path, expecting: sha256, schema: schema, timeColumn: model.recipe.timeColumn, for: name,
                by: .registry)
        } catch let error as RegistryError {
            throw TrainingFailure(error.description)
        }
        let deadline = ContinuousClock.now + TrainingRows.readingTime
        while ContinuousClock.now < deadline {
            switch rows(try await trainingSet(set.id, of: name)) {
            case .ready(let set): return set
            case .unusable(let reason): throw TrainingFailure("\(path): \(reason)")
            case .awaited, .file: try await Task.sleep(for: .milliseconds(200))
            }
        }
        throw TrainingFailure(
            "\(path) has not been read within \(TrainingRows.readingTime.configurationText)")
    }
}

extension TrainingSet {
    /// By an agent, which cannot know whether the recipe has rows of its own.
    fileprivate func isBrought(for request: String) -> Bool { offer.source["request"] == request }
}
