/// How many bytes from the start of `bytes` are one balanced JSON object; all of them when none is.
///
/// In a body of JSON and binary tensors nothing else tells where the tensors begin.
func balancedJSONLength(_ bytes: Span<UInt8>) -> Int {
    var (depth, isInString, isEscaped) = (0, false, false)
    for i in bytes.indices {
        let byte = bytes[i]
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
        } else if byte == UInt8(ascii: "\"") {
            isInString = true
        } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
            depth += 1
        } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
            depth -= 1
            if depth == 0 { return i + 1 }
        }
    }
    return bytes.count
}

/// Whether the bytes can be one JSON document and nothing else. Only the end is looked at.
func endsLikeJSON(_ bytes: Span<UInt8>) -> Bool {
    var end = bytes.count
    while end > 0, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[end - 1]) { end -= 1 }
    return end > 0 && (bytes[end - 1] == UInt8(ascii: "}") || bytes[end - 1] == UInt8(ascii: "]"))
}
