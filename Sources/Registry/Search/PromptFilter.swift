import GRDB

/// MLflow keeps prompts as registered models with a tag, and shows them only to a search that asks for them.
struct PromptFilter {
    /// The comparisons that are left to be tested.
    let comparisons: [Comparison]
    let showsPrompts: Bool

    /// The first comparison of the tag decides.
    init(_ comparisons: [Comparison], _ vocabulary: SearchVocabulary) throws(RegistryError) {
        var others: [Comparison] = []
        var ofPrompts: [Comparison] = []
        for comparison in comparisons {
            let field = comparison.field
            if field.key == Self.tag, try vocabulary.kind(of: field) == .tag {
                ofPrompts.append(comparison)
            } else {
                others.append(comparison)
            }
        }
        showsPrompts = ofPrompts.first?.asksForPrompts ?? false
        self.comparisons = showsPrompts ? comparisons : others
    }

    /// - Parameter tags: the table of tags, seen as `entry`; `belongs` are those of one registered model.
    func conditions(tags: String, belongs: String) -> [SQL] {
        if showsPrompts { return [] }
        let isPrompt = KeyedTable(name: tags, belongs: belongs).entry(Self.tag, "entry.value = 'true'")
        return ["NOT " + isPrompt]
    }

    private static let tag = "mlflow.prompt.is_prompt"
}

extension Comparison {
    fileprivate var asksForPrompts: Bool {
        guard case .text(let text) = operand?.value else { return false }
        return (relation == .equal && text.lowercased() == "true")
            || (relation == .notEqual && text.lowercased() == "false")
    }
}
