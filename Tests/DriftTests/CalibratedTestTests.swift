import Drift
import Foundation
import Statistics
import Testing

/// The calibrated threshold step by step by scipy and numpy; `tools/golden/calibration.py` made the file.
private struct Case: Decodable, Sendable, CustomTestStringConvertible {
    struct Feature: Decodable, Sendable { let name, kind: String }
    enum Value: Decodable, Sendable {
        case number(Double), text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .number(try container.decode(Double.self))
            }
        }

        var number: Double? { if case .number(let value) = self { value } else { nil } }
        var text: String? { if case .text(let value) = self { value } else { nil } }
    }

    let name: String
    let features: [Feature]
    let blocks: [[[Value?]]]
    let window: [[Value?]]
    let sigma: [Double?]
    /// Rows of blocks, then the window.
    let T, z: [[Double?]]
    let S: [Double]
    let p: Double

    var testDescription: String { name }

    /// One block's rows, all at one time; block `index` is day `index`.
    func batch(_ columns: [[Value?]], day index: Int) -> RowBatch {
        var batch = RowBatch()
        batch.parts = .features
        batch.columns = zip(features, columns).map { feature, values in
            feature.kind == "numeric"
                ? .numbers(feature.name, values.map { $0?.number })
                : .texts(feature.name, values.map { $0?.text })
        }
        batch.count = columns[0].count
        batch.times = [at(Int64(index) * day)]
        return batch
    }

    var blockBatches: [RowBatch] { blocks.enumerated().map { batch($1, day: $0) } }

    func reference(of batches: [RowBatch]) throws -> Reference {
        var options = ReferenceBuilder.Options()
        options.blockLength = .nanoseconds(day)
        var builder = ReferenceBuilder(schema: nil, options: options)
        for batch in batches { builder.add(batch) }
        return try builder.build()
    }
}

private struct File: Decodable { let cases: [Case] }

private let cases: [Case] = try! {
    let url = Bundle.module.resourceURL!.appending(path: "Golden/calibration.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).cases
}()

private let extrapolated: [[Double?]] = [
    [0.8669668607992999, 0.7061722328687663, 0.3488540109160991, 0.28401901299031923],
    [0.002806030618482345, 0.9705118996375002, 0.02469089165482944, 0.9008270497616356],
    [nil, 0.2316639838725845, 0.6297870652361103, 0.4647224828954966],
]

@Suite struct CalibratedTestTests {
    /// A reference whose knots are all values of blocks and window, so that no distance has an error, and whose
    /// unit is the σ of the blocks; counted over the blocks alone.
    private static func exactReference(_ example: Case) throws -> Reference {
        let window = example.batch(example.window, day: example.blocks.count)
        let pooled = try example.reference(of: example.blockBatches + [window])
        let features = zip(pooled.features, example.sigma).map { feature, sigma -> ReferenceFeature in
            guard case .numeric(let cells) = feature.cells, let sigma else { return feature }
            return ReferenceFeature(
                feature: feature.feature, cells: .numeric(NumericCells(knots: cells.knots, scale: sigma)),
                counts: CellCounts(zeros: cells.knots.cellCount))
        }
        var blocks = try #require(pooled.blocks)
        blocks.blocks.removeLast()
        return Reference(
            id: pooled.id, modelVersion: nil, schema: pooled.schema, features: features, blocks: blocks)
    }

    @Test(arguments: cases)
    fileprivate func `values to distances, scores and p are numpy's`(example: Case) throws {
        let reference = try Self.exactReference(example)
        let window = reference.samples(example.batch(example.window, day: 0))
        let test = CalibratedTest(reference)
        #expect(test.blockCount == example.blocks.count)

        let distances = test.distances(window)
        for (found, expected) in zip(distances.blocks + [distances.window], example.T) {
            #expect(zip(found, expected).allSatisfy { isClose($0, $1) }, "\(found), not \(expected)")
        }
        let rank = try #require(test.rank(window))
        #expect(zip(rank.featureScores, example.z.last ?? []).allSatisfy { isClose($0, $1) })
        #expect(isClose(rank.score, example.S.last))
        #expect(zip(rank.blockScores, example.S.dropLast().sorted()).allSatisfy { isClose($0, $1) })
        #expect(rank.blockScores.count == example.blocks.count)
        #expect(isClose(rank.pValue, example.p))
    }

    @Test(arguments: cases)
    fileprivate func `a reference of the blocks alone gives the same p`(example: Case) throws {
        let reference = try example.reference(of: example.blockBatches)
        let window = reference.samples(example.batch(example.window, day: 0))
        let test = CalibratedTest(reference)
        let distances = test.distances(window).window
        for (index, expected) in (example.T.last ?? []).enumerated() {
            // Where a tail dominates σ, the unit is its robust stand-in; ranks do not depend on the unit.
            var unit = 1.0
            if case .numeric(let cells) = reference.cells[index] {
                unit = try cells.scale / #require(example.sigma[index])
            }
            // Values of the window that no block has lie between knots, of which there are hundreds.
            #expect(isClose(distances[index].map { $0 * unit }, expected, within: 0.005))
        }
        #expect(isClose(try #require(test.rank(window)).pValue, example.p))
    }

    /// scipy 1.17: t.sf((ln T − mean) / (sd √(1 + 1/W)), W − 1) of the golden file's T.
    @Test(arguments: zip(cases, extrapolated))
    fileprivate func `extrapolated p-values are those of Student's t`(example: Case, expected: [Double?])
        throws
    {
        let reference = try Self.exactReference(example)
        let test = CalibratedTest(reference)
        var distances = test.distances(reference.samples(reference.profile))
        (distances.window, distances.blocks) = (example.T[12], Array(example.T[..<12]))
        let found = test.extrapolatedPValues(distances)
        #expect(zip(found, expected).allSatisfy { isClose($0, $1) }, "\(found), not \(expected)")
    }

    @Test func `with two blocks there is nothing to extrapolate from`() throws {
        let reference = try Self.exactReference(cases[0])
        let test = CalibratedTest(reference)
        var distances = test.distances(reference.samples(reference.profile))
        (distances.window, distances.blocks) = (cases[0].T[12], Array(cases[0].T[..<2]))
        #expect(test.extrapolatedPValues(distances) == [nil, nil, nil, nil])
    }

    @Test func `a window with fewer than fifty values says nothing`() throws {
        let reference = try cases[0].reference(of: cases[0].blockBatches)
        let few = cases[0].batch(cases[0].window, day: 0).selecting(Array(0..<49))
        #expect(CalibratedTest(reference).rank(reference.samples(few)) == nil)
        #expect(
            CalibratedTest(reference).missingIncreases(reference.samples(few)).window == [nil, nil, nil, nil])
    }

    @Test func `what is missing is compared with what all the others miss`() throws {
        func rows(of index: Int64, missing: Int) -> RowBatch {
            .x((0..<100).map { $0 < missing ? nil : Double($0 % 7) }, times: [at(index * day)])
        }
        let reference = try Reference.of(
            rows(of: 0, missing: 0), rows(of: 1, missing: 10), rows(of: 2, missing: 2),
            blocks: .nanoseconds(day))
        let increases = CalibratedTest(reference).missingIncreases(
            reference.samples(rows(of: 9, missing: 40)))
        #expect(isClose(increases.window[0], 0.40 - 12.0 / 300))
        #expect(isClose(increases.blocks[1][0], 0.10 - 42.0 / 300))
    }
}
