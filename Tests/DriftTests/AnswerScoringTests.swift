import Testing

@testable import Drift

@Suite struct AnswerScoringTests {
    private static func schema(
        _ task: ModelSchema.Task?, _ kind: ModelSchema.Prediction.Kind, positive: String? = nil,
        threshold: Double? = nil
    ) -> ModelSchema {
        ModelSchema(
            task: task, features: [],
            prediction: .init(tensor: "p", kind: kind, positive: positive, threshold: threshold))
    }

    @Test func `the task is what is declared, else what the answer's kind says`() {
        #expect(AnswerScoring(Self.schema(nil, .score))?.task == .binary)
        #expect(AnswerScoring(Self.schema(.regression, .score))?.task == .regression)
        #expect(AnswerScoring(Self.schema(nil, .class))?.task == .multiclass)
        #expect(AnswerScoring(Self.schema(nil, .value))?.task == .regression)
        #expect(AnswerScoring(ModelSchema(features: [])) == nil)
    }

    @Test(arguments: [
        (nil, Truth.integer(1), true), (nil, .category("1"), true),
        (nil, .integer(0), false),
        ("late", .category("late"), true), ("late", .integer(1), false), ("true", .integer(1), true),
    ])
    func `the positive class goes by its name`(positive: String?, truth: Truth, isPositive: Bool) throws {
        let scoring = try #require(AnswerScoring(Self.schema(.binary, .score, positive: positive)))
        #expect(scoring.isPositive(truth) == isPositive)
    }

    @Test
    func `a probability costs its squared error where any loss is watched, and an error where errors are`()
        throws
    {
        let scoring = try #require(AnswerScoring(Self.schema(.binary, .score, threshold: 0.3)))
        #expect(scoring.loss(score: 0.25, class: nil, truth: .integer(1), kind: .adwin) == 0.5625)
        #expect(scoring.loss(score: 0.25, class: nil, truth: .integer(1), kind: .ddm) == 1)
        #expect(scoring.loss(score: 0.5, class: nil, truth: .integer(1), kind: .ddm) == 0)
        #expect(scoring.loss(score: 7, class: nil, truth: .integer(0), kind: .adwin) == 1)
        #expect(scoring.loss(score: nil, class: nil, truth: .integer(0), kind: .adwin) == nil)
    }

    @Test func `a class costs 1 where it is wrong, and a number its distance`() throws {
        let classes = try #require(AnswerScoring(Self.schema(.multiclass, .class)))
        #expect(classes.loss(score: nil, class: "a", truth: .category("b"), kind: .adwin) == 1)
        #expect(classes.loss(score: nil, class: "3", truth: .integer(3), kind: .adwin) == 0)
        let numbers = try #require(AnswerScoring(Self.schema(.regression, .value)))
        #expect(numbers.loss(score: 2.5, class: nil, truth: .integer(4), kind: .adwin) == 1.5)
        #expect(numbers.loss(score: 2.5, class: nil, truth: .category("x"), kind: .adwin) == nil)
    }
}
