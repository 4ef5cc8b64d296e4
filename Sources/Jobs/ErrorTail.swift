/// The last lines that a job wrote to its standard error.
struct ErrorTail {
    private var bytes: [UInt8] = []

    private static let kept = 4 << 10
    private static let mostLines = 10
    private static let longestLine = 400

    mutating func append(_ piece: [UInt8]) {
        bytes.append(contentsOf: piece.suffix(ErrorTail.kept))
        if bytes.count > 2 * ErrorTail.kept { bytes.removeFirst(bytes.count - ErrorTail.kept) }
    }

    /// Without empty ones, and without what moves a cursor.
    var lines: [String] {
        let texts = bytes.suffix(ErrorTail.kept).split(whereSeparator: \.endsLine).map { line in
            String(decoding: line, as: UTF8.self).unicodeScalars
                .map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
        }
        let filled = texts.filter { !$0.allSatisfy(\.isWhitespace) }
        return filled.suffix(ErrorTail.mostLines).map { String($0.prefix(ErrorTail.longestLine)) }
    }
}
