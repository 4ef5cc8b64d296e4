import Testing

@testable import ConfigurationFile

struct EndpointTests {
    @Test(arguments: [
        ("tcp://127.0.0.1:5556", true), ("tcp://127.255.0.9:1", true), ("tcp://localhost:5556", true),
        ("tcp://[::1]:5556", true), ("ipc:///run/a.sock", true), ("ipc://@abstract", true),
        ("tcp://*:5556", false), ("tcp://0.0.0.0:5556", false), ("tcp://10.0.0.1:5556", false),
        ("tcp://127.evil.example:5556", false), ("tcp://[::]:5556", false),
    ])
    func `an endpoint reads back as it was written, and knows who can reach it`(text: String, isLocal: Bool)
        throws
    {
        let endpoint = try Endpoint(configuration: text)
        #expect(endpoint.description == text)
        #expect(endpoint.isLocal == isLocal)
    }

    @Test(arguments: [
        "", "127.0.0.1:5556", "udp://127.0.0.1:5556", "tcp://127.0.0.1", "tcp://:5556", "tcp://a:0",
        "tcp://a:65536",
        "tcp://::1:5556", "tcp://a b:1", "ipc://", "inproc://a", "TCP://127.0.0.1:1",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: MalformedText.self) { try Endpoint(configuration: text) }
    }
}
