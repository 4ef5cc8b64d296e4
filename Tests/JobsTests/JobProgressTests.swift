import Foundation
import Testing

@testable import Jobs

struct JobProgressTests {
    @Test(arguments: [
        #"{"round":1}"#, #"{"event":1}"#, #"{"event":"round""#, "{}", "{", #"[{"event":"round"}]"#,
        #"{"event":"round","round":1.5}"#, #"{"event":"round","round":99999999999999999999}"#,
        String(repeating: #"{"a":"#, count: 10_000), #"{"event":"\#(String(repeating: "x", count: 201))"}"#,
        #"{"event":"x","pad":"\#(String(repeating: "x", count: 70_000))"}"#,
    ])
    func `other lines are none`(line: String) {
        var reader = ProgressReader(rounds: nil)
        reader.read(Array("\(line)\n".utf8))
        #expect(reader.progress == nil)
    }

    @Test(arguments: [-1, Int.max]) func `a round that cannot be is no count`(round: Int) {
        var reader = ProgressReader(rounds: nil)
        reader.read(Array(#"{"event":"round","round":\#(round)}"#.utf8))
        #expect(reader.progress == JobProgress(event: "round"))
    }

    @Test func `a program may say how many rounds there will be`() {
        var reader = ProgressReader(rounds: 50)
        reader.read(Array("\r{\"event\":\"round\",\"round\":4,\"rounds\":20}\r\nx\n".utf8))
        #expect(reader.progress == JobProgress(event: "round", rounds: 5, of: 20))
    }

    @Test func `metrics are bounded`() {
        let metrics = (0..<200).map { "\"m\($0 + 100)\":\($0)" }.joined(separator: ",")
        var reader = ProgressReader(rounds: nil)
        reader.read(Array("{\"event\":\"round\",\"round\":0,\"metrics\":{\(metrics)}}".utf8))
        #expect(reader.progress?.metrics.count == 100)
        #expect(reader.progress?.metrics["m199"] == 99)
    }
}
