import Testing

@testable import Console

struct MediaTypeTests {
    /// By `_guess_mime_type` of MLflow 3.17.2.
    @Test(arguments: [
        ("a.txt", "text/plain"), ("MLmodel", "text/plain"), ("conda.yaml", "text/plain"),
        ("x.yml", "text/plain"),
        ("x.json", "text/plain"), ("x.JSON", "application/json"), ("x.ipynb", "text/plain"),
        ("x.py", "text/plain"),
        ("x.csv", "text/plain"), ("x.log", "text/plain"), ("x.js", "text/plain"),
        ("x.mjs", "text/javascript"),
        ("README.md", "text/plain"), ("README.MD", "text/markdown"),
        ("model.ubj", "application/octet-stream"),
        ("model.pkl", "application/octet-stream"), ("x.parquet", "application/octet-stream"),
        ("x.safetensors", "application/octet-stream"), ("noext", "application/octet-stream"),
        (".hidden", "application/octet-stream"), ("x.png", "image/png"), ("x.JPG", "image/jpeg"),
        ("x.svg", "image/svg+xml"), ("x.html", "text/html"), ("x.pdf", "application/pdf"),
        ("x.zip", "application/zip"), ("x.tar.gz", "application/x-tar"), ("x.tgz", "application/x-tar"),
        ("x.gz", "application/octet-stream"), ("x.csv.gz", "text/csv"), ("x.json.gz", "application/json"),
        ("MLproject", "application/octet-stream"), ("x.", "application/octet-stream"),
        ("x.h5", "application/x-hdf5"), ("x.webp", "image/webp"), ("x.wav", "audio/x-wav"),
    ])
    func `a name says what a file holds`(name: String, type: String) {
        #expect(MediaType.of(name) == type)
    }
}
