/// Names for what has none yet.
enum Identifier {
    /// 32 random hexadecimal digits.
    static func random() -> String {
        (0..<16).map { _ in UInt8.random(in: .min ... .max) }.hexadecimal
    }

    /// A name that a person can say, as `steady-heron-412`.
    static func randomName() -> String {
        "\(adjectives.randomElement() ?? "calm")-\(animals.randomElement() ?? "heron")-\(Int.random(in: 0...999))"
    }

    private static let adjectives = [
        "able", "amber", "bold", "brisk", "bright", "calm", "candid", "clever", "crisp", "eager", "fair",
        "fleet",
        "gentle", "glad", "grand", "hardy", "honest", "keen", "kind", "lively", "loyal", "lucid", "mellow",
        "merry",
        "mild", "nimble", "noble", "patient", "placid", "plucky", "polite", "proud", "quick", "quiet",
        "rapid", "ready",
        "serene", "sharp", "silent", "smooth", "sober", "spry", "steady", "stout", "sunny", "swift", "tidy",
        "upbeat",
        "vivid", "warm", "wise", "witty",
    ]
    private static let animals = [
        "auk", "badger", "bear", "beaver", "bison", "carp", "cod", "crane", "crow", "deer", "dolphin", "dove",
        "eagle",
        "eel", "elk", "falcon", "finch", "fox", "gannet", "goat", "goose", "grouse", "gull", "hare", "hawk",
        "heron",
        "ibis", "kite", "lark", "lynx", "marten", "mole", "moose", "newt", "otter", "owl", "perch", "petrel",
        "pike",
        "puffin", "quail", "raven", "robin", "salmon", "seal", "shrew", "skua", "stoat", "swan", "tern",
        "trout", "whale",
    ]
}
