import EventDelivery
import Testing

struct BackoffTests {
    private let backoff = Backoff(first: .seconds(1), longest: .seconds(60), longestAskedFor: .seconds(3600))

    @Test(arguments: [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (1000, 60)])
    func `a wait doubles up to a limit`(failures: Int, seconds: Int) {
        #expect(backoff.wait(afterFailures: failures, jitter: 1) == .seconds(seconds))
        #expect(backoff.wait(afterFailures: failures, jitter: 0) == .seconds(seconds) / 2)
    }

    @Test(arguments: [(0, 1), (1, 1), (30, 30), (120, 120), (3600, 3600), (86_400, 3600)])
    func `what a receiver asks for is kept to, within reason`(asked: Int, seconds: Int) {
        #expect(
            backoff.wait(afterFailures: 1, asked: .seconds(asked), jitter: 1) == .seconds(seconds))
    }
}
