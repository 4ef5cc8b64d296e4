/// Where the rows lie that a model is to be trained on.
package enum DatasetLocation: Equatable, Sendable {
    /// A training set that the registry keeps of the model, by its id.
    case kept(id: String)
    /// A file on the registry's machine, by its absolute path.
    case file(path: String)

    /// Reads `datasets:/` and the 64 digits of an id, or a path.
    package init?(uri: String) {
        if let id = uri.wholeMatch(of: /datasets:\/([0-9A-Fa-f]{64})/)?.1.lowercased() {
            self = .kept(id: id)
        } else if uri.utf8.first == UInt8(ascii: "/"), uri.utf8.count <= 2000, !uri.utf8.contains(0) {
            self = .file(path: uri)
        } else {
            return nil
        }
    }

    package var uri: String {
        switch self {
        case .kept(let id): "datasets:/\(id)"
        case .file(let path): path
        }
    }
}

extension RetrainRequest.Dataset {
    package init(keptAs id: String) { self.init(uri: DatasetLocation.kept(id: id).uri, sha256: id) }

    package func location() throws(RetrainRequestError) -> DatasetLocation {
        guard let location = DatasetLocation(uri: uri) else {
            throw RetrainRequestError(
                field: "dataset.uri",
                reason:
                    "must be datasets:/ and the 64 digits of a training set's id, or the absolute path of a CSV or "
                    + "SQLite file on the registry's machine, was \"\(uri.prefix(200))\"")
        }
        return location
    }
}
