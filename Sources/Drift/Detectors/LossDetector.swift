/// A detector of any kind, as it is configured by name and kept in a checkpoint.
package struct LossDetector: Sendable {
    package let kind: Kind
    package private(set) var detector: any ChangeDetector
    /// Losses outside the detector's domain: NaN, infinities, and, where it watches errors, all beyond [0, 1].
    package private(set) var ignoredCount: UInt64 = 0

    package enum Kind: String, CaseIterable, Codable, Sendable {
        case adwin
        case pageHinkley = "page-hinkley"
        case ddm
        case eddm
        case hddmA = "hddm-a"
        case hddmW = "hddm-w"
        case kswin

        fileprivate var type: any ChangeDetector.Type {
            switch self {
            case .adwin: ADWIN.self
            case .pageHinkley: PageHinkley.self
            case .ddm: DDM.self
            case .eddm: EDDM.self
            case .hddmA: HDDMA.self
            case .hddmW: HDDMW.self
            case .kswin: KSWIN.self
            }
        }

        /// The losses it takes in.
        package var domain: ClosedRange<Double> { type.domain }

        fileprivate func makeDetector() -> any ChangeDetector {
            switch self {
            case .adwin: ADWIN()
            case .pageHinkley: PageHinkley()
            case .ddm: DDM()
            case .eddm: EDDM()
            case .hddmA: HDDMA()
            case .hddmW: HDDMW()
            case .kswin: KSWIN()
            }
        }
    }

    /// With the defaults of its kind.
    package init(_ kind: Kind) { (self.kind, detector) = (kind, kind.makeDetector()) }

    /// Takes in a loss; one that the detector cannot take is counted, and changes nothing else.
    package mutating func observe(_ loss: Double) -> Change? {
        guard kind.domain.contains(loss) else {
            ignoredCount += 1
            return nil
        }
        return detector.observe(loss)
    }
}

extension LossDetector: Codable {
    private enum CodingKeys: String, CodingKey { case kind, state, ignored }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(Kind.self, forKey: .kind)
        detector = try container.decode(kind.type, forKey: .state)
        ignoredCount = try container.decode(UInt64.self, forKey: .ignored)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(detector, forKey: .state)
        try container.encode(ignoredCount, forKey: .ignored)
    }
}
