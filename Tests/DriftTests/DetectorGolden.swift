import Drift
import Foundation
import Statistics
import Testing

/// Streams of losses, and what river says of them; `tools/golden/detectors.py` made the files.
struct DetectorGolden: Decodable, Sendable {
    struct Series: Decodable, Sendable {
        let name: String
        let parts: [Part]

        var losses: [Double] { parts.flatMap(\.losses) }
    }

    /// Some losses of a stream, as the golden files describe them.
    struct Part: Decodable, Sendable {
        private let splitmix: Uniform?
        private let errors: Errors?
        private let elec: String?

        private struct Uniform: Decodable {
            let seed, count, modulus: UInt64
            let scale, offset: Double
        }

        private struct Errors: Decodable {
            let seed, count, thousandths: UInt64
        }

        var losses: [Double] {
            if let errors {
                return draws(errors.seed, errors.count, 1000).map { $0 < errors.thousandths ? 1 : 0 }
            }
            if let splitmix {
                return draws(splitmix.seed, splitmix.count, splitmix.modulus).map {
                    splitmix.offset + splitmix.scale * Double($0)
                }
            }
            return elec.map(electricity) ?? []
        }
    }

    struct Run: Decodable, Sendable, CustomTestStringConvertible {
        let series, detector: String
        /// First and last steps of warnings that stood.
        let warnings: [[Int]]
        let drifts: [Int]
        let statistics: [Statistics]

        struct Statistics: Decodable, Sendable {
            let step: Int
            let figures: [Double]
        }

        var testDescription: String { "\(detector) on \(series)" }

        var changes: [Int: Change] {
            var changes: [Int: Change] = [:]
            for run in warnings { for step in run[0]...run[1] { changes[step] = .warning } }
            for step in drifts { changes[step] = .drift }
            return changes
        }
    }

    let series: [Series]
    let runs: [Run]

    static let file: DetectorGolden = try! {
        let url = Bundle.module.resourceURL!.appending(path: "Golden/detectors.json")
        return try JSONDecoder().decode(DetectorGolden.self, from: Data(contentsOf: url))
    }()

    static func losses(of name: String) -> [Double] {
        file.series.first { $0.name == name }?.losses ?? []
    }
}

private func draws(_ seed: UInt64, _ count: UInt64, _ modulus: UInt64) -> [UInt64] {
    var random = SplitMix64(state: 0)
    return (0..<count).map { index in
        random.state = seed + index
        return random.next() % modulus
    }
}

/// A column of the slice of scikit-multiflow's elec.csv.
private func electricity(_ column: String) -> [Double] {
    let url = Bundle.module.resourceURL!.appending(path: "Golden/elec.csv")
    let rows = try! String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        .map { $0.split(separator: ",") }
    let index = rows[0].firstIndex { $0 == column }!
    return rows.dropFirst().map { Double($0[index])! }
}

/// The detectors by the names that the golden file gives them.
let goldenDetectors: [String: any ChangeDetector] = [
    "adwin": ADWIN(),
    "adwin, at every loss": ADWIN(
        delta: 0.05, clock: 1, maximumBuckets: 3, minimumLength: 2, gracePeriod: 4),
    "page-hinkley": PageHinkley(),
    "page-hinkley, up": PageHinkley(
        minimumCount: 10, delta: 0.01, threshold: 5, alpha: 0.99, direction: .up),
    "page-hinkley, down": PageHinkley(
        minimumCount: 10, delta: 0.01, threshold: 5, alpha: 0.99, direction: .down),
    "ddm": DDM(),
    "eddm": EDDM(),
    "hddm-a": HDDMA(),
    "hddm-a, two-sided": HDDMA(isTwoSided: true),
    "hddm-w": HDDMW(),
    "hddm-w, two-sided": HDDMW(isTwoSided: true),
    "kswin": KSWIN(),
    "kswin, nothing drawn": KSWIN(windowSize: 60, sampleSize: 30),
]

/// What river says of itself beside its verdict, in the order of the golden file.
func figures(_ detector: any ChangeDetector) -> [Double] {
    switch detector {
    case let adwin as ADWIN: [Double(adwin.width), adwin.mean, adwin.variance]
    case let test as PageHinkley: [test.mean, test.increase, test.decrease]
    case let ddm as DDM: [ddm.errorRate] + [ddm.lowestErrorRate, ddm.lowestDeviation].compactMap(\.self)
    case let eddm as EDDM: [eddm.meanDistance, eddm.deviation, eddm.largestExtent]
    case let hddm as HDDMA: [hddm.mean, hddm.lowestMean]
    case let hddm as HDDMW: [hddm.mean, hddm.squaredWeights]
    case let kswin as KSWIN: [kswin.pValue]
    default: []
    }
}
