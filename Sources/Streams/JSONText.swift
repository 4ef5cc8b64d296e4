import Glibc

/// A string of a parsed document, as UTF-8 in the parser's memory. It ends with the document.
@safe struct JSONText {
    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) { unsafe self.bytes = unsafe bytes }

    var count: Int { unsafe bytes.count }
    var isEmpty: Bool { count == 0 }
    var first: UInt8? { unsafe bytes.first }
    var string: String { unsafe String(decoding: bytes, as: UTF8.self) }

    func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result { body(unsafe bytes.span) }

    /// Up to eight bytes as one number, the first lowest; `nil` for a longer text.
    var packed: UInt64? {
        guard count <= 8 else { return nil }
        return unsafe bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    @inline(__always) static func == (text: JSONText, other: StaticString) -> Bool {
        unsafe text.equals(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
    }

    @inline(__always) static func == (text: JSONText, other: String) -> Bool {
        let equal = unsafe other.utf8.withContiguousStorageIfAvailable { unsafe text.equals($0) }
        return equal ?? (text.string == other)
    }

    @inline(__always) private func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard unsafe bytes.count == other.count else { return false }
        guard let a = unsafe bytes.baseAddress, let b = other.baseAddress else { return true }
        return unsafe memcmp(a, b, other.count) == 0
    }
}
