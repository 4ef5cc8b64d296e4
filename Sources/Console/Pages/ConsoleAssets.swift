import CConsoleAssets
import Crypto

/// The files of the console's pages, as they were built into the program.
package struct ConsoleAssets: Sendable {
    package struct Asset: Sendable {
        package var bytes: [UInt8]
        /// As its `ETag` has it: of the content.
        var tag: String
        var mediaType: String
        /// `nil` where that is no smaller.
        var compressed: [UInt8]?
    }

    /// By path below dashboards/console, as `views/alerts.js`.
    package let files: [String: Asset]

    /// Compressed when somebody looks at a page for the first time.
    package static let embedded = ConsoleAssets()

    private init() {
        let assets = (0..<console_asset_count()).map { index in
            let asset = unsafe console_asset(index)
            let bytes = unsafe [UInt8](UnsafeBufferPointer(start: asset.bytes, count: asset.size))
            let path = unsafe String(cString: asset.path)
            return (path, Asset(bytes, path: path))
        }
        files = Dictionary(uniqueKeysWithValues: assets)
    }
}

extension ConsoleAssets.Asset {
    fileprivate init(_ bytes: [UInt8], path: String) {
        let compressed = Gzip.compressed(bytes, .thorough)
        self.init(
            bytes: bytes, tag: SHA256.hash(data: bytes).prefix(16).hexadecimal,
            mediaType: ConsoleAssets.mediaType(of: path),
            compressed: compressed.count < bytes.count ? compressed : nil)
    }
}

extension ConsoleAssets {
    /// What browsers insist on, for modules above all.
    fileprivate static func mediaType(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "json", "webmanifest": "application/json"
        case "png": "image/png"
        case "ico": "image/vnd.microsoft.icon"
        case "woff2": "font/woff2"
        default: "text/plain; charset=utf-8"
        }
    }
}
