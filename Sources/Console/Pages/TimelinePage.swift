import Drift
import Foundation

/// A model's heat map as JSON: columns instead of objects, whole numbers instead of fractions, a character a level, so
/// that 500 features in 200 windows are a page that loads at once. Written by hand, as ``JSON`` is, and for the same reason.
struct TimelinePage {
    let model: String
    let measureName: String
    let timeline: DriftTimeline
    let measure: DriftTimeline.Measure
    /// Windows that are shown at most, the newest.
    let count: Int
    let status: ModelStatus?

    var bytes: [UInt8] {
        let windows = timeline.windows.suffix(count)
        let references = windows.reduce(into: [String]()) { known, window in
            if known.last != window.reference, !known.contains(window.reference) {
                known.append(window.reference)
            }
        }
        var page = JSONText()
        page.object {
            $0.member("model", .text(model))
            $0.member("measure", .text(measureName))
            $0.member("reference", JSON(status?.reference))
            $0.member("measures", .array(DriftTimeline.measures.map(JSON.text)))
            $0.member("references", .array(references.map(JSON.text)))
            $0.member("windows", TimelinePage.columns(windows, references))
            $0.array("features", timeline.rows(measure, newest: count)) { TimelinePage.write($0, to: &$1) }
            if let open = status?.openWindow { $0.member("open", JSON(open)) }
        }
        return page.bytes
    }

    private static func columns(
        _ windows: ArraySlice<DriftTimeline.Window>, _ references: [String]
    ) -> JSON {
        func texts(_ value: (DriftTimeline.Window) -> String) -> JSON {
            .array(windows.map { .text(value($0)) })
        }
        func numbers(_ value: (DriftTimeline.Window) -> Int?) -> JSON {
            .array(windows.map { value($0).map { JSON.integer(Int64($0)) } ?? .null })
        }
        return [
            "start": texts { $0.summary.start.description }, "end": texts { $0.summary.end.description },
            "rows": numbers { Int(clamping: $0.summary.rows) },
            "missed": numbers { Int(clamping: $0.summary.missed) },
            "partial": .text(windows.map { $0.summary.partial ? "1" : "0" }.joined()),
            "verdict": .text(windows.map { $0.verdict.symbol }.joined()),
            "p_value": .array(windows.map { $0.pValue.map(JSON.number) ?? .null }),
            "reference": numbers { references.firstIndex(of: $0.reference) },
        ]
    }

    private static func write(_ row: DriftTimeline.Row, to text: inout JSONText) {
        let scaled = ScaledNumbers(row.values)
        text.object {
            $0.member("name", .text(row.feature.name))
            $0.member("family", .text(row.feature.family.rawValue))
            $0.member("kind", .text(row.feature.kind.rawValue))
            $0.member("measure", .text(row.measure))
            if let limits = row.limits {
                $0.member("threshold", .number(limits.warning))
                $0.member("critical", .number(limits.critical))
            }
            $0.member("exponent", .integer(Int64(scaled.exponent)))
            $0.numbers("values", scaled.numbers)
            $0.member("levels", .text(String(decoding: row.levels.map(\.symbol), as: UTF8.self)))
        }
    }
}

/// Numbers as whole multiples of a power of ten, to three digits of the largest.
struct ScaledNumbers: Equatable {
    private(set) var exponent: Int
    /// `nil` for what is not a number.
    private(set) var numbers: [Int?]

    init(_ values: [Float]) {
        let largest = values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
        exponent = largest > 0 ? Int(floor(log10(Double(largest)))) - 2 : 0
        let unit = pow(10, Double(exponent))
        numbers = values.map { $0.isFinite ? Int((Double($0) / unit).rounded()) : nil }
    }
}

extension DriftReport.Verdict {
    /// A character a verdict.
    fileprivate var symbol: String {
        switch self {
        case .ok: "o"
        case .drifted: "d"
        case .incomplete: "m"
        case .insufficient: "i"
        }
    }
}

extension JSON {
    init(_ window: WindowSummary) {
        self = [
            "start": .text(window.start.description), "end": .text(window.end.description),
            "rows": .integer(Int64(clamping: window.rows)),
            "predictions": .integer(Int64(clamping: window.predictions)),
            "labels": .integer(Int64(clamping: window.labels)),
            "missed": .integer(Int64(clamping: window.missed)), "partial": .bool(window.partial),
        ]
    }
}

/// JSON that is written member by member.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    mutating func object(_ members: (inout JSONText) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        members(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    /// A member whose value is null is left out.
    mutating func member(_ name: String, _ value: JSON) {
        guard value != .null else { return }
        begin(name)
        bytes += value.bytes
    }

    mutating func array<Element>(
        _ name: String, _ elements: [Element], _ write: (Element, inout JSONText) -> Void
    ) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(element, &self)
        }
        bytes.append(UInt8(ascii: "]"))
        isFirst = false
    }

    mutating func numbers(_ name: String, _ numbers: [Int?]) {
        array(name, numbers) { number, text in
            text.bytes += number.map { $0.description.utf8.map(\.self) } ?? Array("null".utf8)
        }
    }

    private mutating func begin(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes += JSON.text(name).bytes
        bytes.append(UInt8(ascii: ":"))
    }
}
