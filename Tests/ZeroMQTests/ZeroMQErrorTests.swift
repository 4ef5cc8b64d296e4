import Testing
import ZeroMQ

struct ZeroMQErrorTests {
    @Test func `a taken port reads as a sentence`() throws {
        let first = try Socket(.pull, in: Context())
        let second = try Socket(.pull, in: Context())
        try first.bind(to: "tcp://127.0.0.1:*")
        let endpoint = try first.lastEndpoint()
        let error = #expect(throws: ZeroMQError.self) { try second.bind(to: endpoint) }
        #expect(error?.description == "cannot bind \(endpoint): the address is already in use")
    }

    @Test(arguments: [
        "tpc://127.0.0.1:5556", "127.0.0.1:5556", "tcp://127.0.0.1", "tcp://127.0.0.1:http", "",
    ])
    func `an endpoint that cannot be is refused`(endpoint: String) throws {
        let socket = try Socket(.subscribe, in: Context())
        let error = #expect(throws: ZeroMQError.self) { try socket.connect(to: endpoint) }
        #expect(error?.endpoint == endpoint)
        #expect(error?.operation == "connect to")
    }
}
