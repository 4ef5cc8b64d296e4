import Drift
import Foundation
import Testing

@testable import Console

struct TextExpositionTests {
    @Test func `a family is its help, its type and its samples`() {
        let rows = MetricFamily(
            name: "leeway_rows_total", help: "Rows.", kind: .counter,
            samples: [
                .init(3, labels: [(name: "model", value: "a"), (name: "version", value: "7")]), .init(0.5),
            ])
        #expect(
            TextExposition.text([rows]) == """
                # HELP leeway_rows_total Rows.
                # TYPE leeway_rows_total counter
                leeway_rows_total{model="a",version="7"} 3
                leeway_rows_total 0.5

                """)
    }

    @Test func `help and labels are escaped, each in its own way`() {
        let family = MetricFamily(
            name: "a", help: "one\\two \"three\"\nfour", kind: .gauge,
            samples: [.init(1, labels: [(name: "l", value: "one\\two \"three\"\nfour é")])])
        #expect(
            TextExposition.text([family]) == #"""
                # HELP a one\\two "three"\nfour
                # TYPE a gauge
                a{l="one\\two \"three\"\nfour é"} 1

                """#)
    }

    @Test func `families without samples are left out`() {
        #expect(TextExposition.text([MetricFamily(name: "a", help: "a", kind: .gauge, samples: [])]).isEmpty)
        #expect(TextExposition.text([]).isEmpty)
    }

    @Test(
        arguments: [
            (0.0, "0"), (-1.0, "-1"), (1e6, "1000000"), (0.1 + 0.2, "0.30000000000000004"), (1e300, "1e+300"),
            (.leastNonzeroMagnitude, "5e-324"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func `numbers are as Prometheus reads them`(value: Double, text: String) {
        #expect(TextExposition.number(value) == text)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: promtool), "promtool is not installed"))
    func `promtool finds nothing to object to`() async throws {
        let (input, output) = (Pipe(), Pipe())
        let process = Process()
        process.executableURL = URL(filePath: promtool)
        process.arguments = ["check", "metrics"]
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
        try process.run()
        let text = await TextExposition.text(FakeObservatory().metrics())
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let objections = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(String(decoding: objections, as: UTF8.self) == "")
        #expect(process.terminationStatus == 0)
    }
}

private let promtool = "/usr/bin/promtool"
