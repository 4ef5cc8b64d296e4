import Drift
import Statistics
import Testing

@Suite struct BlockCutterTests {
    /// Rows `from` some hour after the epoch, one an hour.
    private static func hourly(_ from: Int64, _ count: Int) -> RowBatch {
        .x((0..<count).map { Double($0 % 5) }, times: (0..<Int64(count)).map { at((from + $0) * hour) })
    }

    private static func blocks(_ reference: Reference) -> [[Int64]] {
        (reference.blocks?.blocks ?? []).map {
            [$0.start.nanoseconds / hour, $0.end.nanoseconds / hour, Int64($0.profile.rows)]
        }
    }

    @Test func `blocks of time are aligned to the epoch`() throws {
        let reference = try Reference.of(Self.hourly(48, 72), blocks: .nanoseconds(day))
        #expect(Self.blocks(reference) == [[48, 72, 24], [72, 96, 24], [96, 120, 24]])
        let before = try Reference.of(Self.hourly(-30, 48), blocks: .nanoseconds(day))
        #expect(Self.blocks(before) == [[-24, 0, 24], [0, 24, 18]])
    }

    @Test func `an offset moves where blocks begin`() throws {
        let reference = try Reference.of(Self.hourly(53, 48), blocks: .nanoseconds(day), offset: 5 * hour)
        #expect(Self.blocks(reference) == [[53, 77, 24], [77, 101, 24]])
        #expect(reference.blocks?.offsetNanoseconds == 5 * hour)
    }

    @Test func `blocks with less than half of the usual rows are left out`() throws {
        let reference = try Reference.of(Self.hourly(37, 95), blocks: .nanoseconds(day))
        #expect(Self.blocks(reference) == [[48, 72, 24], [72, 96, 24], [96, 120, 24], [120, 144, 12]])
        #expect(reference.profile.rows == 95)
    }

    @Test func `a row without a time is in no block of time`() throws {
        let batch = RowBatch.x([1, 2, 3, 4], times: [at(0), nil, at(hour), nil])
        let reference = try Reference.of(batch, blocks: .nanoseconds(day))
        #expect(Self.blocks(reference) == [[0, 24, 2]])
        #expect(reference.profile.rows == 4)
        #expect(try Reference.of(.x([1, 2]), blocks: .nanoseconds(day)).blocks == nil)
    }

    @Test func `blocks of rows straddle batches and know their times`() throws {
        let reference = try Reference.of(Self.hourly(0, 7), Self.hourly(7, 6), blocks: .rows(5))
        #expect(Self.blocks(reference) == [[0, 4, 5], [5, 9, 5], [10, 12, 3]])
        let timeless = try Reference.of(.x([1, 2, 3, 4]), blocks: .rows(2))
        #expect(Self.blocks(timeless) == [[0, 0, 2], [0, 0, 2]])
    }

    @Test func `inputs and answers in batches of their own fall into the same blocks`() throws {
        let answers = RowBatch(.numbers("score", [1, 2, 3, 4], part: .predictions))
        let reference = try Reference.of(.x([1, 2, 3, 4]), answers, .x([5, 6]), blocks: .rows(2))
        let blocks = try #require(reference.blocks?.blocks)
        #expect(blocks.map(\.profile.rows) == [2, 2, 2])
        #expect(blocks.map(\.profile.predictions) == [2, 2, 0])
    }

    @Test func `blocks add up to the reference`() throws {
        var random = SplitMix64(1)
        let batches = (0..<10).map { part in
            RowBatch.x(
                (0..<48).map { _ in [nil, .nan, .infinity, random.normal()][random.below(4)] },
                times: (0..<48).map { at(Int64(part * 48 + $0) * hour / 2) })
        }
        var options = ReferenceBuilder.Options()
        (options.blockLength, options.knotBudget) = (.nanoseconds(day), 50)
        var builder = ReferenceBuilder(schema: nil, options: options)
        for batch in batches { builder.add(batch) }
        let reference = try builder.build()
        let blocks = try #require(reference.blocks?.blocks)
        #expect(blocks.count == 10)
        #expect(blocks.reduce(into: Profile(of: reference)) { $0.merge($1.profile) } == reference.profile)
    }
}
