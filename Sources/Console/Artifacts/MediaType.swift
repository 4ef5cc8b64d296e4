/// What kind of content an artifact is, by its name, as MLflow guesses (mlflow/utils/mime_type_utils.py): what people
/// read is `text/plain`, whatever else it may be.
enum MediaType {
    static func of(_ name: String) -> String {
        let parts = extensions(of: name)
        guard let last = parts.last else { return text.contains(name) ? "text/plain" : unknown }
        if text.contains(last) { return "text/plain" }
        let inner = compressions.contains(last) ? parts.dropLast().last : last
        return inner.flatMap { types[$0] ?? types[$0.lowercased()] } ?? unknown
    }

    /// A name's leading dots begin no extension.
    private static func extensions(of name: String) -> [String] {
        name.drop { $0 == "." }.split(separator: ".", omittingEmptySubsequences: false).dropFirst().map(
            String.init)
    }

    private static let unknown = "application/octet-stream"

    private static let text: Set<String> = [
        "txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml",
        "yml",
        "xml", "json", "js", "py", "py3", "csv", "tsv", "md", "rst", "ipynb", "MLmodel", "mlproject",
    ]

    private static let compressions: Set<String> = ["gz", "bz2", "xz", "Z", "br"]

    private static let types: [String: String] = [
        "bmp": "image/bmp", "gif": "image/gif", "ico": "image/vnd.microsoft.icon", "jpeg": "image/jpeg",
        "jpg": "image/jpeg", "png": "image/png", "svg": "image/svg+xml", "tif": "image/tiff",
        "tiff": "image/tiff",
        "webp": "image/webp",
        "mp3": "audio/mpeg", "wav": "audio/x-wav", "mp4": "video/mp4", "webm": "video/webm",
        "css": "text/css", "csv": "text/csv", "htm": "text/html", "html": "text/html", "md": "text/markdown",
        "mjs": "text/javascript", "sh": "text/x-sh",
        "json": "application/json", "pdf": "application/pdf", "tar": "application/x-tar",
        "tgz": "application/x-tar",
        "wasm": "application/wasm", "zip": "application/zip", "h5": "application/x-hdf5",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]
}
