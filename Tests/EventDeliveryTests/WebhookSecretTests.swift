import Foundation
import Testing

@testable import EventDelivery

struct WebhookSecretTests {
    /// The vector of the standard: github.com/standard-webhooks/standard-webhooks, libraries/python/tests.
    @Test func `a signature is that of Standard Webhooks`() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = secret.signature(
            of: Array(#"{"test": 2432232314}"#.utf8), id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(arguments: [
        "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64", "whsec_c2hvcnQ=",
        "whsec_" + Data(count: 65).base64EncodedString(),
    ])
    func `a secret is a key of 24 to 64 bytes in base64`(text: String) {
        #expect(WebhookSecret(text) == nil)
    }

    @Test func `a secret does not show`() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        #expect("\(secret)" == "whsec_…")
        #expect(!String(describing: [secret]).contains("MfKQ"))
    }
}

struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110, section 5.6.7.
    private let moment = Date(timeIntervalSince1970: 784_111_777)

    @Test(
        arguments: [
            ("120", .seconds(120)), (" 0 ", .zero), ("Sun, 06 Nov 1994 08:49:37 GMT", .zero),
            ("Sun, 06 Nov 1994 08:50:37 GMT", .seconds(60)), ("Sun, 06 Nov 1994 08:48:37 GMT", .zero),
            ("-1", nil), ("soon", nil), ("", nil), ("1.5", nil),
        ] as [(String, Duration?)])
    func `seconds and dates are read`(text: String, wait: Duration?) {
        #expect(RetryAfter.parse(text, now: moment) == wait)
    }
}
