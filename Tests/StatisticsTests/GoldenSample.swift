import Foundation
import Statistics

/// A sample as the golden files write it: listed, or drawn by a generator both languages have.
struct GoldenSample: Decodable, Sendable {
    let values: [Double]

    private struct Generator: Decodable {
        let seed, count, modulus: UInt64
        let scale, offset: Double
    }

    private enum CodingKeys: String, CodingKey { case values, splitmix }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let generator = try container.decodeIfPresent(Generator.self, forKey: .splitmix) {
            values = (0..<generator.count).map { i in
                let draw = mix(generator.seed &+ i) % generator.modulus
                return generator.offset + generator.scale * Double(draw)
            }
        } else {
            values = try container.decode([GoldenNumber].self, forKey: .values).map(\.value)
        }
    }
}

/// A number, or the string that stands for an infinite one.
struct GoldenNumber: Decodable, Sendable {
    let value: Double

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        value = try (try? container.decode(Double.self)) ?? infinity(container.decode(String.self))
    }
}

private func infinity(_ text: String) throws -> Double {
    switch text {
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    default: throw CocoaError(.propertyListReadCorrupt)
    }
}

/// splitmix64's output function (S. Vigna).
func mix(_ seed: UInt64) -> UInt64 {
    var z = seed &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}

/// Reads a golden file that lies beside the tests.
func golden<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    let url = Bundle.module.resourceURL!.appending(path: "Golden/\(name).json")
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
}

extension Knots {
    /// The distinct values of the samples: every value is a point.
    init(of samples: [Double]...) {
        let sorted = samples.flatMap(\.self).sorted()
        self.init(
            ascending: sorted.indices.filter { $0 == 0 || sorted[$0 - 1] < sorted[$0] }.map { sorted[$0] })
    }

    func counts(_ values: [Double]) -> CellCounts {
        var cells = [UInt32](repeating: 0, count: cellCount)
        count(values.span, into: &cells)
        return CellCounts(cells.map(UInt64.init))
    }
}

/// Equal to 9 decimals, relatively above 1.
func isClose(_ a: Double, _ b: Double, within tolerance: Double = 1e-9) -> Bool {
    a == b || abs(a - b) <= tolerance * max(1, abs(b))
}
