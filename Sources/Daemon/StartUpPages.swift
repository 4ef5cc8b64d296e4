import Foundation
import Glibc

/// Gives back the pages of the program and its libraries that the start has touched; what is needed again comes back
/// from the page cache.
///
/// Linking and initialising touch some megabytes of code and tables that nothing needs later, and a process keeps what it
/// has touched. Only mappings of files that hold nothing of the process's own are given back.
package func dropStartUpPages() {
    guard let maps = try? String(contentsOfFile: "/proc/self/smaps", encoding: .utf8) else { return }
    for mapping in FileMapping.all(smaps: maps) where mapping.isClean {
        unsafe madvise(UnsafeMutableRawPointer(bitPattern: mapping.start), mapping.length, MADV_DONTNEED)
    }
}

/// A part of the address space, as /proc/self/smaps tells of it.
struct FileMapping: Equatable {
    var start: UInt
    var length: Int
    /// Readable, never written, of a file, and without a page that was changed.
    var isClean: Bool

    static func all(smaps: String) -> [FileMapping] {
        var mappings: [FileMapping] = []
        for line in smaps.split(separator: "\n") {
            if let mapping = FileMapping(header: line) {
                mappings.append(mapping)
            } else if line.hasPrefix("Anonymous:"), !line.hasSuffix(" 0 kB"), !mappings.isEmpty {
                mappings[mappings.count - 1].isClean = false
            }
        }
        return mappings
    }

    /// `7f12a000-7f13b000 r-xp 00002000 fe:01 1234   /usr/lib/libc.so.6`
    private init?(header line: Substring) {
        let fields = line.split(separator: " ", maxSplits: 5)
        let ends = (fields.first ?? "").split(separator: "-").map { UInt($0, radix: 16) }
        guard fields.count >= 5, ends.count == 2, let start = ends[0], let end = ends[1] else { return nil }
        (self.start, length) = (start, Int(end - start))
        let isOfFile = fields.count == 6 && fields[5].drop { $0 == " " }.hasPrefix("/")
        isClean = isOfFile && fields[1].hasPrefix("r-") && fields[1].hasSuffix("p")
    }
}
