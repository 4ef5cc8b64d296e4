import Crypto
package import Foundation
import Statistics

/// Why a reference cannot be made or used.
package enum ReferenceError: Error, Equatable, CustomStringConvertible {
    case noRows
    case noValues(feature: String)
    case unreadable(String)
    case newerVersion(Int)
    case altered(expected: String, found: String)

    package var description: String {
        switch self {
        case .noRows: "a reference needs rows, and there are none"
        case .noValues(let feature):
            "feature '\(feature)' has no value in any row; remove it from the schema or check the column's name"
        case .unreadable(let detail): "not a reference file: \(detail)"
        case .newerVersion(let version):
            "the reference is of format \(version), this leeway reads format \(ReferenceFile.version); "
                + "use a newer leeway or build the reference again"
        case .altered(let expected, let found):
            "the reference was altered after it was built: its content hashes to \(found), its id is \(expected)"
        }
    }
}

extension Reference {
    /// The reference as a JSON file, identified by its content hash.
    package func encoded() -> Data { ReferenceFile(self).encoded() }

    /// - Throws: `ReferenceError` for a file that is not one, is damaged, altered, or of a newer format.
    package init(json: Data) throws(ReferenceError) {
        self = try ReferenceFile.decode(json).reference()
    }

    mutating func seal() {
        let hash = ReferenceFile(self).contentHash()
        id = hash
        profile.reference = hash
        for index in blocks?.blocks.indices ?? 0..<0 { blocks?.blocks[index].profile.reference = hash }
    }
}

/// The file's form. Profiles inside it leave out the reference's id, which is the hash of the rest.
struct ReferenceFile: Codable {
    static let version = 1
    static let format = "leeway.reference"

    struct FeatureEntry: Codable {
        var name: String
        var kind: Feature.Kind
        var family: FeatureReport.Family
        var knots: [Double]?
        var scale: Double?
        var categories: [String]?
        var folded: Data?
        var singletons: UInt64?
    }

    struct Blocks: Codable {
        var seconds: Double?
        var offsetSeconds: Double?
        var rows: Int?
        var blocks: [ReferenceBlocks.Block]

        enum CodingKeys: String, CodingKey {
            case seconds, rows, blocks
            case offsetSeconds = "offset_seconds"
        }
    }

    var format = ReferenceFile.format
    var version = ReferenceFile.version
    var id: String
    var modelVersion: String?
    var schema: ModelSchema
    var features: [FeatureEntry]
    var profile: Profile
    var blocks: Blocks?
    var performance: ReferencePerformance?

    enum CodingKeys: String, CodingKey {
        case format, version, id, schema, features, profile, blocks, performance
        case modelVersion = "model_version"
    }

    private struct Header: Decodable {
        var format: String
        var version: Int
    }
}

// MARK: - Writing

extension ReferenceFile {
    init(_ reference: Reference) {
        id = reference.id
        modelVersion = reference.modelVersion
        schema = reference.schema
        features = reference.features.map(FeatureEntry.init)
        profile = reference.profile.anonymous
        blocks = reference.blocks.map(Blocks.init)
        performance = reference.performance
    }

    func encoded() -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return try encoder.encode(self)
        } catch {
            preconditionFailure("a reference always has a JSON form: \(error)")
        }
    }

    func contentHash() -> String {
        var content = self
        content.id = ""
        let digest = SHA256.hash(data: content.encoded())
        return "sha256:" + digest.hexadecimal
    }
}

extension Profile {
    fileprivate var anonymous: Profile {
        var copy = self
        copy.reference = ""
        return copy
    }
}

extension ReferenceFile.FeatureEntry {
    fileprivate init(_ feature: ReferenceFeature) {
        (name, kind, family) = (feature.feature.name, feature.feature.kind, feature.feature.family)
        switch feature.cells {
        case .numeric(let cells): (knots, scale) = (Array(cells.knots.values), cells.scale)
        case .categorical(let cells):
            (categories, singletons) = (cells.categories, cells.singletons)
            folded = Data(
                cells.foldedHashes.flatMap { hash in (0..<8).map { UInt8(hash >> ($0 * 8) & 0xFF) } })
        }
    }
}

extension ReferenceFile.Blocks {
    fileprivate init(_ blocks: ReferenceBlocks) {
        switch blocks.length {
        case .nanoseconds(let length):
            (seconds, offsetSeconds) = (Double(length) / 1e9, Double(blocks.offsetNanoseconds) / 1e9)
        case .rows(let length): rows = length
        }
        self.blocks = blocks.blocks.map {
            .init(start: $0.start, end: $0.end, profile: $0.profile.anonymous)
        }
    }
}

// MARK: - Reading

extension ReferenceFile {
    static func decode(_ json: Data) throws(ReferenceError) -> ReferenceFile {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            let header = try decoder.decode(Header.self, from: json)
            guard header.format == format else {
                throw ReferenceError.unreadable("its format is '\(header.format)'")
            }
            guard header.version <= version else { throw ReferenceError.newerVersion(header.version) }
            return try decoder.decode(ReferenceFile.self, from: json)
        } catch let error as ReferenceError {
            throw error
        } catch let error as DecodingError {
            throw .unreadable(error.plainDescription)
        } catch {
            throw .unreadable("\(error)")
        }
    }

    func reference() throws(ReferenceError) -> Reference {
        let found = contentHash()
        guard found == id else { throw .altered(expected: id, found: found) }
        guard features.map(\.monitored) == schema.monitored, profile.features.count == features.count else {
            throw .unreadable("its features are not those of its schema")
        }
        var cells: [FeatureCells] = []
        for feature in features { cells.append(try feature.cells()) }
        return try assemble(cells)
    }

    private func assemble(_ cells: [FeatureCells]) throws(ReferenceError) -> Reference {
        let profiles = [profile] + (blocks?.blocks.map(\.profile) ?? [])
        for profile in profiles {
            guard profile.features.count == cells.count,
                zip(profile.features, cells).allSatisfy({ $0.fits($1) })
            else { throw .unreadable("counts lie outside of its cells") }
        }
        let built = zip(zip(features, cells), profile.features).map { entry, profile in
            ReferenceFeature(
                feature: entry.0.monitored, cells: entry.1,
                counts: profile.cells.unpacked(cellCount: entry.1.cellCount))
        }
        var reference = Reference(
            id: id, modelVersion: modelVersion, schema: schema, features: built, blocks: try blockList())
        reference.profile = profile
        reference.profile.reference = id
        reference.performance = performance
        return reference
    }

    private func blockList() throws(ReferenceError) -> ReferenceBlocks? {
        guard let blocks else { return nil }
        let length: WindowLength
        let offset = blocks.offsetSeconds ?? 0
        if let seconds = blocks.seconds, seconds > 0, seconds < 1e9, offset.magnitude < 1e9 {
            length = .nanoseconds(Int64((seconds * 1e9).rounded()))
        } else if let rows = blocks.rows, rows > 0 {
            length = .rows(rows)
        } else {
            throw .unreadable("its blocks have no length")
        }
        return ReferenceBlocks(
            length: length, offsetNanoseconds: Int64((offset * 1e9).rounded()),
            blocks: blocks.blocks.map { block in
                var named = block
                named.profile.reference = id
                return named
            })
    }
}

extension ReferenceFile.FeatureEntry {
    var monitored: MonitoredFeature { MonitoredFeature(name: name, kind: kind, family: family) }

    func cells() throws(ReferenceError) -> FeatureCells {
        if let knots, let scale, kind == .numeric {
            guard zip(knots, knots.dropFirst()).allSatisfy(<), !knots.contains(where: \.isNaN), scale > 0,
                scale.isFinite,
                !knots.isEmpty
            else { throw .unreadable("the knots of '\(name)' do not ascend") }
            return .numeric(NumericCells(knots: Knots(ascending: knots), scale: scale))
        }
        guard let categories, let folded, let singletons, kind != .numeric else {
            throw .unreadable("feature '\(name)' has neither knots nor categories")
        }
        let hashes = stride(from: 0, to: folded.count - folded.count % 8, by: 8).map { start in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(folded[folded.startIndex + start + $1]) << ($1 * 8) }
        }
        return .categorical(
            CategoryCells(categories: categories, foldedHashes: hashes, singletons: singletons))
    }
}

extension DecodingError {
    /// What is wrong and where, without the decoder's own words around it.
    package var plainDescription: String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "at the top" : "at " + path.map(\.stringValue).joined(separator: ".")
        }
        return switch self {
        case .keyNotFound(let key, let context):
            "'\(key.stringValue)' is missing \(place(context.codingPath))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(context.debugDescription) \(place(context.codingPath))"
        @unknown default: "\(self)"
        }
    }
}
