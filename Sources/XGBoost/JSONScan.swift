/// Finds one key of a JSON document's outermost object without building the document. A decoder would not do: models
/// hold `NaN`, which is no JSON.
enum JSONScan {
    /// The whole numbers of the list under `key`; `nil` where there is none, or the text ends first.
    static func numbers(of key: String, in text: Span<UInt8>) -> [Int]? {
        let key = Array(key.utf8)
        var (place, depth) = (0, 0)
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                guard let end = endOfString(from: place + 1, in: text) else { return nil }
                if depth == 1, equal(text.extracting(place + 1..<end), key),
                    let numbers = list(from: end + 1, in: text)
                {
                    return numbers
                }
                place = end
            default: break
            }
            place += 1
        }
        return nil
    }

    /// Where the quote that ends a string is.
    private static func endOfString(from start: Int, in text: Span<UInt8>) -> Int? {
        var place = start
        while place < text.count {
            if text[place] == UInt8(ascii: "\"") { return place }
            place += text[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    private static func equal(_ text: Span<UInt8>, _ key: [UInt8]) -> Bool {
        text.count == key.count && text.indices.allSatisfy { text[$0] == key[$0] }
    }

    /// `: [1, 7, 4]`
    private static func list(from start: Int, in text: Span<UInt8>) -> [Int]? {
        var (numbers, digits): ([Int], String) = ([], "")
        var place = start
        var isOpen = false
        while place < text.count {
            let character = Character(Unicode.Scalar(text[place]))
            switch character {
            case "0"..."9" where isOpen && digits.utf8.count < 9: digits.append(character)
            case "[" where !isOpen: isOpen = true
            case ",", "]":
                guard isOpen, let number = Int(digits) else { return nil }
                numbers.append(number)
                if character == "]" { return numbers }
                digits = ""
            case ":" where !isOpen, " ", "\n": break
            default: return nil
            }
            place += 1
        }
        return nil
    }
}
