/// Turns pieces of a stream into pieces of whole lines, so that two streams in one file do not cut each other's lines in
/// two. What goes on without an end is passed on in pieces.
struct LineGatherer {
    private var waiting: [UInt8] = []

    private static let longestLine = 64 << 10

    /// - Returns: whole lines; empty when none has ended yet.
    mutating func take(_ piece: [UInt8]) -> [UInt8] {
        guard let last = piece.lastIndex(where: \.endsLine) else { return hold(piece) }
        defer { waiting = Array(piece[(last + 1)...]) }
        return waiting + piece[...last]
    }

    private mutating func hold(_ piece: [UInt8]) -> [UInt8] {
        waiting += piece
        return waiting.count > LineGatherer.longestLine ? rest() : []
    }

    /// What waits for its end, which will not come.
    mutating func rest() -> [UInt8] {
        defer { waiting = [] }
        return waiting
    }
}
