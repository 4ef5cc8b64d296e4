import Foundation
import GRDB
import Testing

@testable import Registry

/// Whatever a client sends, a search answers or says what is wrong with it.
@Suite struct SearchFuzzTests {
    @Test func `random bytes are answered or refused, never more`() async throws {
        var random = SplitMix(seed: 20_260_501)
        let filters = (0..<2000).map { _ in
            String(decoding: (0..<random.next(40)).map { _ in UInt8(random.next(256)) }, as: UTF8.self)
        }
        try await ask(filters)
    }

    @Test func `valid filters with words cut, doubled and swapped are answered or refused, never more`()
        async throws
    {
        var random = SplitMix(seed: 7)
        let filters = (0..<4000).map { _ in
            var text = Array(Self.valid[random.next(Self.valid.count)].unicodeScalars)
            for _ in 0...random.next(4) { mutate(&text, &random) }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: text)
            return String(view)
        }
        try await ask(filters)
    }

    private static let valid = [
        "metrics.auc > 0.9 AND metrics.`val loss` <= -1e-3", "params.lr LIKE '0.%' AND tags.a IS NOT NULL",
        "attributes.run_id NOT IN ('a', \"b\") AND start_time >= 10",
        "dataset.name ILIKE '%x_' AND status != 'FAILED'",
        "name = 'it''s' AND tag.\"k\" != 'v'", "experiment_id IN ('1', '2') AND creation_time > 1",
        "tags.`mlflow.prompt.is_prompt` != 'true' AND version_number = 3", "metrics.auc DESC",
        "`run name` ASC",
    ]
    private static let pieces = [
        "'", "\"", "`", "(", ")", ",", ";", ".", "%", "_", "\0", "\\", "--", "/*", " AND ", " IN ",
        " IS NULL", "NOT", "LIKE", "1e999",
        "-", "+", "é", "😀", "\u{301}", "\u{202E}", "metrics.", "?", "?1", ":a", "NULL", "=", "!=", " ",
    ]

    private func mutate(_ text: inout [Unicode.Scalar], _ random: inout SplitMix) {
        let place = random.next(text.count + 1)
        switch random.next(4) {
        case 0: text.removeSubrange(place..<min(text.count, place + random.next(6)))
        case 1: text.insert(contentsOf: text[..<place], at: place)
        case 2: text.insert(contentsOf: text[place...], at: random.next(place + 1))
        default:
            text.insert(contentsOf: Self.pieces[random.next(Self.pieces.count)].unicodeScalars, at: place)
        }
    }

    private func ask(_ texts: [String]) async throws {
        let registry = try Registry(folder: temporaryFolder())
        try await registry.read { database in
            for text in texts {
                for search in searches(text) { expectRegistryErrorAtMost(text) { try search(database) } }
            }
        }
    }

    private func searches(_ text: String) -> [(Database) throws -> Void] {
        [
            { _ = try RunSearch(experiments: [0], filter: text).page(in: $0) },
            { _ = try RunSearch(experiments: [0], orderBy: [text], pageToken: text).page(in: $0) },
            { _ = try RunSearch(experiments: [0], orderBy: [text]).page(in: $0) },
            { _ = try ExperimentSearch(filter: text).page(in: $0) },
            { _ = try ExperimentSearch(orderBy: [text]).page(in: $0) },
            { _ = try RegisteredModelSearch(filter: text).page(in: $0) },
            { _ = try RegisteredModelSearch(orderBy: [text]).page(in: $0) },
            { _ = try ModelVersionSearch(filter: text).page(in: $0) },
            { _ = try ModelVersionSearch(orderBy: [text]).page(in: $0) },
            {
                _ = try LoggedModelSearch(experiments: [0], filter: text, datasets: [.init(name: text)]).page(
                    in: $0)
            },
            { _ = try LoggedModelSearch(experiments: [0], orderBy: [.init(fieldName: text)]).page(in: $0) },
        ]
    }

    private func expectRegistryErrorAtMost(_ text: String, _ search: () throws -> Void) {
        do {
            try search()
        } catch let error as RegistryError {
            #expect(error.kind == .invalid, "\(text.debugDescription)")
        } catch {
            Issue.record("\(text.debugDescription): \(error)")
        }
    }
}

/// The output function of SplitMix64 over a counter.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// From 0 up to, not including, `bound`.
    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
