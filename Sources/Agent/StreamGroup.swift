import ConfigurationFile
import Streams

/// Streams that share their sockets share a receiving thread.
struct StreamGroup: Hashable {
    private let endpoints: [Endpoint]
    private let socket: StreamConfiguration.SocketKind
    private let mode: StreamConfiguration.SocketMode

    private init(_ stream: StreamConfiguration) {
        (endpoints, socket, mode) = (stream.endpoints, stream.socket, stream.mode)
    }

    static func all(of streams: [StreamConfiguration]) -> [StreamGroup: [StreamConfiguration]] {
        Dictionary(grouping: streams, by: StreamGroup.init)
    }

    func receiverConfiguration(_ streams: [StreamConfiguration]) -> ReceiverConfiguration {
        var configuration = ReceiverConfiguration(
            endpoints: endpoints.map(\.description), socket: socket == .sub ? .sub : .pull,
            mode: mode == .bind ? .bind : .connect)
        configuration.receiveBudget = streams.map(\.receiveBudget).max() ?? configuration.receiveBudget
        configuration.limits.messageBytes =
            streams.map(\.maxMessage).max() ?? configuration.limits.messageBytes
        return configuration
    }
}

extension StreamGroup: CustomStringConvertible {
    var description: String { endpoints.map(\.description).joined(separator: ", ") }
}

extension StreamConfiguration {
    /// The columns of a `[N, F]` tensor, where they are named.
    var columnNames: [String]? { features.isEmpty ? nil : features }
}
