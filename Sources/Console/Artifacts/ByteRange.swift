/// What a request's `Range` asks for of a file: one range of bytes (RFC 9110, section 14).
enum ByteRange: Equatable {
    /// Everything: nothing else was asked for, or several ranges, or something that is not understood.
    case whole
    case part(Range<Int64>)
    /// It lies beyond the end.
    case unsatisfiable

    init(_ header: String?, size: Int64) {
        guard let header, let text = ByteRange.text(header) else {
            self = .whole
            return
        }
        let bounds = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        switch (ByteRange.position(bounds[0]), bounds.count > 1 ? ByteRange.position(bounds[1]) : nil) {
        case (let first?, let last?) where first <= last: self.init(first, last, size)
        case (let first?, nil) where bounds.count > 1 && bounds[1].isEmpty: self.init(first, .max - 1, size)
        case (nil, let count?) where bounds[0].isEmpty: self.init(max(0, size - count), .max - 1, size)
        default: self = .whole
        }
    }

    private init(_ first: Int64, _ last: Int64, _ size: Int64) {
        self = first < size ? .part(first..<min(last + 1, size)) : .unsatisfiable
    }

    private static func text(_ header: String) -> Substring? {
        let unit = "bytes="
        guard header.lowercased().hasPrefix(unit), !header.contains(",") else { return nil }
        return header.dropFirst(unit.count)
    }

    /// `nil` for what is not all digits; the largest number for one that is larger.
    private static func position(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return min(Int64(text) ?? .max, .max - 1)
    }
}
