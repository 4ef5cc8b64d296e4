import Drift
import Statistics
import Tables
import Testing

private func column(_ cells: [String], _ kind: Feature.Kind? = nil) -> Column {
    var text = TextColumn()
    for cell in cells { text.append(cell) }
    return Column(name: "x", part: .features, text: text, kind: kind)
}

/// A column's datatype and its values as text, `-` where one is missing.
private func describe(_ column: Column) -> String {
    let cells = (0..<count(column)).map { row in
        !column.missing.isEmpty && column.missing[row] ? "-" : value(column, row)
    }
    return "\(column.datatype.rawValue) \(cells.joined(separator: " "))"
}

private func count(_ column: Column) -> Int {
    switch column.values {
    case .real(let values): values.count
    case .integer(let values): values.count
    case .text(let texts): texts.count
    }
}

private func value(_ column: Column, _ row: Int) -> String {
    switch column.values {
    case .real(let values): "\(values[row])"
    case .integer(let values): "\(values[row])"
    case .text(let texts): texts[row]
    }
}

@Suite struct ColumnTypingTests {
    @Test(arguments: [
        (["1", "-2", "0"], "INT64 1 -2 0"),
        (["999999999999999999", "-999999999999999999"], "INT64 999999999999999999 -999999999999999999"),
        (["1", "18446744073709551615"], "FP64 1.0 1.8446744073709552e+19"),
        (["1", "2.5"], "FP64 1.0 2.5"), (["1e3", "-.5", "5.", "+4"], "FP64 1000.0 -0.5 5.0 4.0"),
        (["1.5", "nan", "NaN"], "FP64 1.5 nan nan"), (["inf", "-inf", "Infinity"], "FP64 inf -inf inf"),
        (["true", "false"], "BOOL 1 0"), (["True", "FALSE", ""], "BOOL 1 0 -"),
        (["true", "1"], "BYTES true 1"), (["true", "NA"], "BYTES true NA"),
        (["a", "b", ""], "BYTES a b -"), (["1", "b"], "BYTES 1 b"), (["", "", ""], "BYTES - - -"),
        (["1", "NA", "", "null", "NULL", "None", "N/A"], "INT64 1 - - - - - -"),
        (["1.5", "NA"], "FP64 1.5 -"), (["a", "NA"], "BYTES a NA"), (["1", "na"], "BYTES 1 na"),
        (["0x1F", "1"], "BYTES 0x1F 1"), ([" 1"], "BYTES  1"), (["1 "], "BYTES 1 "), (["-"], "BYTES -"),
        (["1,5"], "BYTES 1,5"), (["1e"], "BYTES 1e"), (["--1"], "BYTES --1"), (["1.2.3"], "BYTES 1.2.3"),
        ([], "BYTES "),
    ])
    func `a column is the narrowest type that all its values have`(cells: [String], typed: String) {
        #expect(describe(column(cells)) == typed)
    }

    @Test(arguments: [
        (["1", "x", ""], Feature.Kind.numeric, "FP64 1.0 - -"), (["1", "2"], .numeric, "INT64 1 2"),
        (["", "NA"], .numeric, "FP64 - -"), (["true"], .numeric, "FP64 -"),
        (["1.5", "many"], .numeric, "FP64 1.5 -"),
        (["1", "007", ""], .categorical, "BYTES 1 007 -"), (["true", "x"], .categorical, "BYTES true x"),
        (["True", "false", ""], .boolean, "BOOL 1 0 -"), (["yes", "no", ""], .boolean, "BYTES yes no -"),
        (["1", "0"], .boolean, "BOOL 1 0"), (["1", "2"], .boolean, "BYTES 1 2"),
        (["3.0", "4.5"], .categorical, "FP64 3.0 4.5"), (["TRUE"], .categorical, "BYTES TRUE"),
    ])
    func `a declared kind decides, and what does not fit is missing`(
        cells: [String], kind: Feature.Kind, typed: String
    ) {
        #expect(describe(column(cells, kind)) == typed)
    }

    @Test func `numbers are read as Double reads them`() {
        var random = SplitMix64(state: 1)
        let digits = Array("0123456789")
        func draw(_ most: Int) -> String {
            String(
                (0..<Int.random(in: 1...most, using: &random)).map { _ in
                    digits.randomElement(using: &random)!
                })
        }
        let texts = (0..<20_000).map { index -> String in
            let sign = index % 3 == 0 ? "-" : ""
            let exponent = index % 7 == 0 ? "e\(Int.random(in: -30...30, using: &random))" : ""
            return switch index % 4 {
            case 0: sign + draw(9) + "." + draw(9) + exponent
            case 1: sign + "0." + String(repeating: "0", count: index % 13) + draw(17) + exponent
            case 2: sign + draw(20) + "." + draw(3) + exponent
            default: "\(Double(bitPattern: UInt64.random(in: 0 ..< 0x7FF0 << 48, using: &random)))"
            }
        }
        guard case .real(let values) = column(texts, .numeric).values else {
            Issue.record("the column is not real")
            return
        }
        for (text, value) in zip(texts, values) { #expect(value == Double(text), "\(text)") }
    }

    @Test func `whole numbers are read as Int64 reads them`() {
        var random = SplitMix64(state: 2)
        let numbers = (0..<5000).map { index in
            Int64.random(in: -999_999_999_999_999_999...999_999_999_999_999_999, using: &random)
                >> Int64(index % 60)
        }
        guard case .integer(let values) = column(numbers.map { "\($0)" }).values else {
            Issue.record("the column is not whole")
            return
        }
        #expect(values == numbers)
    }
}
