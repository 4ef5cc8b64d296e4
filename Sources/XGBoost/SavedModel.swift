/// A model's file whose version this library can be trusted with.
///
/// XGBoost from 3.1 on writes `base_score` as a list. Older libraries load that without a word and predict otherwise
/// (by .2 in a probability), so the version is read before the library sees the file.
package struct SavedModel: Sendable {
    package enum Format: String, Sendable { case json, ubj }

    package let bytes: [UInt8]
    package let format: Format
    /// Major, minor and patch of the XGBoost that wrote it.
    package let version: [Int]

    package static let readableMajors = 1...2

    package init(_ bytes: [UInt8]) throws(SavedModelError) {
        // As XGBoost tells them apart: a key of JSON begins with a quote, one of UBJSON with the type of its length.
        guard bytes.count > 2, bytes[0] == UInt8(ascii: "{") else { throw .notAModel }
        let isJSON = bytes[1] == UInt8(ascii: "\"")
        let found =
            isJSON
            ? JSONScan.numbers(of: "version", in: bytes.span)
            : UBJSONScan.numbers(of: "version", in: bytes.span)
        guard let version = found, let major = version.first else { throw .noVersion }
        guard SavedModel.readableMajors.contains(major) else { throw .foreign(version) }
        (self.bytes, self.version) = (bytes, version)
        format = isJSON ? .json : .ubj
    }
}

package enum SavedModelError: Error, Equatable, CustomStringConvertible {
    case notAModel
    case noVersion
    case foreign([Int])

    package var description: String {
        switch self {
        case .notAModel:
            "is no XGBoost model in JSON or UBJSON; the binary format before XGBoost 1.0 is not read"
        case .noVersion:
            "does not say which XGBoost wrote it, or is cut short: save it again with XGBoost 1 or 2"
        case .foreign(let version):
            "was saved by XGBoost \(version.map(String.init).joined(separator: ".")); only models of XGBoost 1 and 2 "
                + "are read here, because the library would load this one and predict otherwise: train it "
                + "again, or score it with the XGBoost that wrote it"
        }
    }
}
