import Statistics
import Testing

@testable import Rollouts

@Suite struct RetrainNoiseTests {
    /// scipy 1.17: t.ppf(0.975, 3) * numpy.std([1, 2, 3, 4], ddof=1) * 2**0.5
    @Test func `two more retrainings differ by no more than the spread`() throws {
        let noise = try #require(RetrainNoise(.auc, [1, 2, 3, 4], confidence: 0.95))
        #expect(abs(noise.deviation - 1.2909944487358056) < 1e-12)
        #expect(abs(noise.spread - 5.81032543150953) < 1e-9)
    }

    @Test func `retrainings that come to the same have no spread`() throws {
        #expect(try #require(RetrainNoise(.auc, [0.75, 0.75, 0.75], confidence: 0.95)).spread == 0)
    }

    @Test func `of two retrainings nothing is said`() {
        #expect(RetrainNoise(.auc, [0.7, 0.8], confidence: 0.95) == nil)
    }
}
