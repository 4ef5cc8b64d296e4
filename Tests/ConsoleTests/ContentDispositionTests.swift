import Testing

@testable import Console

struct ContentDispositionTests {
    /// By `_content_disposition_attachment` of MLflow 3.17.2.
    @Test(arguments: [
        ("a.txt", "attachment; filename=a.txt"),
        ("a b.txt", "attachment; filename=\"a b.txt\""),
        ("q\"uote.json", "attachment; filename=\"q\\\"uote.json\""),
        ("back\\slash", "attachment; filename=\"back\\\\slash\""),
        ("a+b.txt", "attachment; filename=a+b.txt"),
        ("it's (1).txt", "attachment; filename=\"it's (1).txt\""),
        ("café x.png", "attachment; filename=\"cafe x.png\"; filename*=UTF-8''caf%C3%A9%20x.png"),
        ("日本語", "attachment; filename=download; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E"),
        ("日本.txt", "attachment; filename=.txt; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt"),
        (
            "a'é*(x)!#$&+^`|~.txt",
            "attachment; filename=\"a'e*(x)!#$&+^`|~.txt\"; filename*=UTF-8''a%27%C3%A9%2A%28x%29!#$&+^`|~.txt"
        ),
        ("ﬁ½.txt", "attachment; filename=fi12.txt; filename*=UTF-8''%EF%AC%81%C2%BD.txt"),
        ("semi;é,x", "attachment; filename=\"semi;e,x\"; filename*=UTF-8''semi%3B%C3%A9%2Cx"),
        ("naïve.tar.gz", "attachment; filename=naive.tar.gz; filename*=UTF-8''na%C3%AFve.tar.gz"),
    ])
    func `a file is to be saved under its name`(name: String, value: String) {
        #expect(ContentDisposition.attachment(name) == value)
    }
}
