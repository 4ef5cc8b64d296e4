import Drift
import Streams
import Testing

/// Real bodies with random damage: whatever comes, a batch that holds together or a reason.
struct MutationTests {
    private static let names = [
        "triton-request.json", "triton-request.bin", "triton-columns.json", "triton-columns.bin",
        "triton-nan.json",
        "kserve-request.bin", "kserve-response.json", "kserve-response.bin", "event-request.json",
        "event-request-base64.json",
    ]

    @Test(arguments: names)
    func `a damaged message is read or refused`(name: String) throws {
        let body = try fixture(name)
        let kind: Topic.Kind = name.contains("response") ? .predictions : .inputs
        var generator = SplitMix(seed: 42)
        var decoder = StreamDecoder(features: ["a", "b"])
        for _ in 0..<1500 { check(&decoder, kind, body.damaged(&generator)) }
    }

    @Test func `damaged rows are read or refused`() throws {
        let rows =
            #"[{"id":"1","time":"2013-01-01T10:15:00Z","features":{"a":1.5,"b":null,"c":"x"},"label":true},"#
            + #"{"id":2,"time":1357035300,"features":{"a":3,"d":18446744073709551615},"prediction":[0.1,NaN]}]"#
        var generator = SplitMix(seed: 43)
        var decoder = StreamDecoder()
        for _ in 0..<5000 { check(&decoder, .rows, Array(rows.utf8).damaged(&generator)) }
    }

    private func check(_ decoder: inout StreamDecoder, _ kind: Topic.Kind, _ body: [UInt8]) {
        do throws(Rejection) {
            for batch in try decoder.batches(kind, [body]) {
                #expect(batch.count > 0)
                #expect([0, 1, batch.count].contains(batch.ids.count))
                #expect([0, 1, batch.count].contains(batch.times.count))
                for column in batch.columns {
                    #expect(column.cells.count == batch.count)
                    #expect([0, batch.count].contains(column.missing.count))
                }
            }
        } catch {
            #expect(!error.detail.isEmpty)
        }
    }
}

extension [UInt8] {
    /// A few bytes changed, cut out, doubled, or the end cut off.
    fileprivate func damaged(_ generator: inout SplitMix) -> [UInt8] {
        var bytes = self
        for _ in 0...Int(generator.next() % 4) where !bytes.isEmpty {
            let place = Int(generator.next() % UInt64(bytes.count))
            let end = Swift.min(bytes.count, place + 1 + Int(generator.next() % 8))
            switch generator.next() % 5 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
            case 1: bytes[place] = Array("0123456789[]{},:\"-nNI}".utf8)[Int(generator.next() % 22)]
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}
