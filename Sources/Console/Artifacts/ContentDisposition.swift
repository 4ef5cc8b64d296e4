import Foundation
import Registry

/// What a browser shall do with an artifact: save it under its name, and never show it as a page of this server.
enum ContentDisposition {
    /// A name beyond ASCII comes twice: likened to ASCII, and whole (RFC 6266, RFC 8187).
    static func attachment(_ name: String) -> String {
        guard !name.utf8.allSatisfy({ $0 < 0x80 }) else { return "attachment; filename=\(quoted(name))" }
        let plain = String(
            decoding: name.decomposedStringWithCompatibilityMapping.utf8.filter { $0 < 0x80 }, as: UTF8.self)
        return "attachment; filename=\(quoted(plain.isEmpty ? "download" : plain)); "
            + "filename*=UTF-8''\(name.percentEncoded(except: "!#$&+^`|"))"
    }

    private static func quoted(_ name: String) -> String {
        if name.utf8.allSatisfy(isTokenByte) { return name }
        return "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character)
    }
}
