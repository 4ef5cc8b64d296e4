import Drift
import Statistics
import Testing

/// sup |F − G| over all values, straight from the definition.
private func rawStatistic(_ f: [Double], _ g: [Double]) -> Double {
    let (f, g) = (f.sorted(), g.sorted())
    func share(_ sorted: [Double], _ x: Double) -> Double {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] <= x { low = middle + 1 } else { high = middle }
        }
        return Double(low) / Double(sorted.count)
    }
    return (f + g).map { abs(share(f, $0) - share(g, $0)) }.max() ?? 0
}

extension Reference {
    fileprivate var knots: Knots {
        if case .numeric(let cells) = cells[0] { cells.knots } else { Knots(ascending: []) }
    }

    fileprivate var scale: Double { if case .numeric(let cells) = cells[0] { cells.scale } else { .nan } }

    fileprivate var categories: CategoryCells? {
        if case .categorical(let cells) = cells[0] { cells } else { nil }
    }
}

@Suite struct ReferenceBuilderTests {
    // MARK: Nothing to build from

    @Test func `a reference needs rows`() {
        #expect(throws: ReferenceError.noRows) { try Reference.of() }
        #expect(throws: ReferenceError.noRows) { try Reference.of(.x([])) }
        #expect("\(ReferenceError.noRows)" == "a reference needs rows, and there are none")
    }

    @Test func `a feature without a value is named`() {
        let batch = RowBatch(.numbers("x", [1, 2]), .numbers("empty", [nil, .nan]))
        let error = #expect(throws: ReferenceError.noValues(feature: "empty")) { try Reference.of(batch) }
        #expect(
            error?.description
                == "feature 'empty' has no value in any row; remove it from the schema or check the column's name"
        )
        let schema = ModelSchema(features: [Feature(name: "y", kind: .numeric)])
        #expect(throws: ReferenceError.noValues(feature: "y")) { try Reference.of(.x([1]), schema: schema) }
        let text = ModelSchema(features: [Feature(name: "c", kind: .numeric)])
        #expect(throws: ReferenceError.noValues(feature: "c")) { try Reference.of(.c(["a"]), schema: text) }
    }

    @Test func `answers alone make a reference too`() throws {
        let reference = try Reference.of(RowBatch(.numbers("score", [0.1, 0.2, 0.2], part: .predictions)))
        #expect((reference.profile.rows, reference.profile.predictions) == (0, 3))
        #expect(reference.features.map(\.feature.family) == [.prediction])
    }

    // MARK: Knots

    @Test func `every distinct value is a knot while the budget lasts`() throws {
        let reference = try Reference.of(.x([3, 1, 2, 2, nil, .nan, 1]), knots: 3)
        #expect(Array(reference.knots.values) == [1, 2, 3])
        let counts = reference.profile.features[0].cells.unpacked(cellCount: 7).cells
        #expect(counts == [0, 2, 0, 2, 0, 1, 0])
        #expect((reference.profile.rows, reference.profile.features[0].missing) == (7, 1))
        #expect(reference.profile.features[0].notANumber == 1)
    }

    @Test func `infinities are knots and stay out of the scale`() throws {
        let reference = try Reference.of(.x([.infinity, 0, 2, -.infinity, .infinity]))
        #expect(Array(reference.knots.values) == [-.infinity, 0, 2, .infinity])
        #expect(reference.scale == 1)
        let same = reference.reports(.x([.infinity, 0, 2, -.infinity, .infinity]))[0]
        #expect(same.measures["ks"]?.value == 0 && same.measures["wasserstein"]?.value == 0)
        #expect(isClose(reference.reports(.x([0, 2]))[0].measures["ks"]?.value, 0.4))
        let onlyInfinite = try Reference.of(.x([.infinity, .infinity]))
        #expect(onlyInfinite.reports(.x([1, .infinity]))[0].measures["ks"]?.value == 0.5)
        #expect(onlyInfinite.reports(.x([1]))[0].measures["wasserstein"] == nil)
    }

    @Test(
        arguments: [
            ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2.8722813232690143),  // numpy.std
            ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1e9], 6 / 1.349),  // the interquartile range, since 10⁹ dominates
            ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1e308], 6 / 1.349),
            ([4, 4, 4], 1), ([4], 1), ([1e308, -1e308], 1),
            ([0, 0, 0, 0, 0, 0, 0, 0, 0, 10], 3),  // no interquartile range to stand in
        ] as [([Double], Double)])
    func `the scale is the deviation or its robust stand-in`(values: [Double], scale: Double) throws {
        #expect(isClose(try Reference.of(.x(values)).scale, scale))
    }

    @Test(arguments: [8, 20, 100, 1000])
    func `with a budget of knots D lies within the stated bound`(budget: Int) throws {
        var random = SplitMix64(UInt64(budget))
        for round in 0..<12 {
            let reference = (0..<2000).map { _ -> Double in
                let normal = random.normal()
                return round % 3 == 0
                    ? normal : round % 3 == 1 ? (normal * 200).rounded() : normal * normal * normal
            }
            let window = random.normals(300, 0.3 * Double(round % 4), 1 + Double(round % 2))
            let built = try Reference.of(.x(reference), knots: budget)
            #expect(built.knots.count <= budget)
            #expect(built.knots.finiteRange == (reference.min() ?? 0)...(reference.max() ?? 0))
            let counts = built.profile.features[0].cells.unpacked(cellCount: built.knots.cellCount).cells
            let heaviest = stride(from: 0, to: counts.count, by: 2).map { counts[$0] }.max() ?? 0
            #expect(Double(heaviest) / 2000 < 1 / Double(budget - 3))

            let ks = try #require(built.reports(.x(window))[0].measures["ks"])
            let (exact, bound) = (rawStatistic(reference, window), try #require(ks.errorBound))
            #expect(ks.value <= exact + 1e-12 && exact <= ks.value + bound + 1e-12)
            #expect(bound <= Double(heaviest) / 2000 + 1e-12)
        }
    }

    @Test func `heavy ties cost no precision`() throws {
        let ties = (0..<100_000).map { Double($0 % 300) }
        let reference = try Reference.of(.x(ties))
        #expect(reference.knots.count == 300)
        let few = try Reference.of(.x(ties.map { ($0 / 60).rounded(.down) } + [7]), knots: 8)
        #expect(Array(few.knots.values) == [0, 1, 2, 3, 4, 7])
    }

    // MARK: Categories

    @Test func `a hundred thousand categories are folded, and none of them is new`() throws {
        let names = (0..<100_000).map { "user \($0)" } + Array(repeating: "user 99999", count: 3)
        let reference = try Reference.of(.c(names), categories: 1000)
        let cells = try #require(reference.categories)
        #expect((cells.categories.count, cells.foldedHashes.count) == (1000, 99_000))
        #expect(cells.singletons == 99_999)
        #expect(cells.categories[0] == "user 99999")
        let counts = reference.profile.features[0].cells.unpacked(cellCount: cells.cellCount).cells
        #expect((counts[0], counts[cells.otherCell], counts[cells.unseenCell]) == (4, 99_000, 0))
        let window = reference.count(.c(["user 7", "user 65432", "user 100000"])).features[0]
        #expect(window.cells.unpacked(cellCount: cells.cellCount).cells[cells.unseenCell] == 1)
    }

    @Test func `truth values and declared codes are categories`() throws {
        let schema = ModelSchema(features: [
            Feature(name: "flag", kind: .boolean), Feature(name: "code", kind: .categorical),
        ])
        let reference = try Reference.of(
            RowBatch(.integers("flag", [0, 1, 1], .bool), .integers("code", [7, 7, -1])), schema: schema)
        let categories = reference.cells.map { cells -> [String] in
            if case .categorical(let cells) = cells { cells.categories } else { [] }
        }
        #expect(categories == [["true", "false"], ["7", "-1"]])
        #expect(
            reference.reports(RowBatch(.numbers("code", [7.0, -1.0])))[1].measures["unseen_rate"]?.value ?? 1
                < 0)
    }
}
