import Drift
import Rollouts
import Testing

struct LossesTests {
    private func scoring(
        _ task: ModelSchema.Task, threshold: Double? = nil, positive: String? = nil
    ) throws -> AnswerScoring {
        let prediction = ModelSchema.Prediction(
            tensor: "p", kind: task == .regression ? .value : .score, positive: positive, threshold: threshold
        )
        return try #require(AnswerScoring(ModelSchema(task: task, features: [], prediction: prediction)))
    }

    @Test func `a probability costs its logarithm, its square, and leans`() throws {
        let losses = try scoring(.binary).losses(score: 0.8, class: nil, truth: .integer(0))
        #expect(abs(try #require(losses[.logLoss]) - 1.6094379124341003) < 1e-12)
        #expect(abs(try #require(losses[.brier]) - 0.64) < 1e-12)
        #expect(losses[.bias] == 0.8 && losses[.wrong] == 1)
        let right = try scoring(.binary).losses(score: 0.75, class: nil, truth: .integer(1))
        #expect(right == [.logLoss: 0.2876820724517809, .brier: 0.0625, .bias: -0.25, .wrong: 0])
    }

    @Test func `a certain answer that is wrong costs no more than the logarithm's floor`() throws {
        let losses = try scoring(.binary).losses(score: 1, class: nil, truth: .integer(0))
        #expect(abs(try #require(losses[.logLoss]) - 36.04365338911715) < 1e-9)
    }

    @Test func `the threshold decides, unless a class was named`() throws {
        let strict = try scoring(.binary, threshold: 0.9)
        #expect(strict.losses(score: 0.8, class: nil, truth: .integer(1))[.wrong] == 1)
        #expect(strict.losses(score: 0.8, class: "1", truth: .integer(1))[.wrong] == 0)
    }

    @Test func `a score that is no probability is only right or wrong`() throws {
        let losses = try scoring(.binary, threshold: 3).losses(score: 7.5, class: nil, truth: .integer(1))
        #expect(losses == [.wrong: 0])
    }

    @Test func `a class is right or wrong, and costs what it was given`() throws {
        let many = try scoring(.multiclass)
        let losses = many.losses(score: 0.5, class: "cat", truth: .category("dog"), probability: 0.25)
        #expect(losses == [.wrong: 1, .logLoss: 1.3862943611198906])
        #expect(many.losses(score: nil, class: "dog", truth: .category("dog")) == [.wrong: 0])
    }

    @Test func `a value misses by its error`() throws {
        let value = try scoring(.regression)
        #expect(
            value.losses(score: 2, class: nil, truth: .real(4.5))
                == [.absoluteError: 2.5, .squaredError: 6.25, .bias: -2.5])
        #expect(value.losses(score: nil, class: nil, truth: .real(4.5)).isEmpty)
        #expect(value.losses(score: .nan, class: nil, truth: .real(4.5)).isEmpty)
    }

    @Test func `of two outcomes a label is one, of many classes or of values none`() throws {
        #expect(try scoring(.binary).positive(.integer(1)) == 1)
        #expect(try scoring(.binary).positive(.integer(0)) == 0)
        #expect(try scoring(.binary, positive: "bad").positive(.category("good")) == 0)
        #expect(try scoring(.binary).positive(.integer(3)) == nil)
        #expect(try scoring(.multiclass).positive(.category("dog")) == nil)
        #expect(try scoring(.regression).positive(.real(1)) == nil)
    }

    @Test func `what cannot be the truth costs nothing`() throws {
        #expect(try scoring(.binary).losses(score: 0.5, class: nil, truth: .integer(3)).isEmpty)
    }
}
