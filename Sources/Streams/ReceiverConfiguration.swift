package import Drift

/// A group of endpoints that one thread receives from, and how.
package struct ReceiverConfiguration: Sendable {
    package enum SocketKind: String, CaseIterable, Sendable {
        /// A tap: it never pushes back on those who publish, and loses what it cannot keep up with.
        case sub
        /// Nothing is lost while both ends live: the publisher waits.
        case pull
    }

    package enum Mode: String, CaseIterable, Sendable { case bind, connect }

    /// Of the thread.
    package var name = "streams"
    package var endpoints: [String]
    package var socket = SocketKind.sub
    package var mode = Mode.connect
    /// Bytes of messages that may wait in the socket's queues.
    package var receiveBudget = 64 << 20
    /// Of a typical message. The queues hold whole messages, `receiveBudget / expectedMessageBytes` of them: with
    /// far larger ones a stall takes more memory than the budget, with far smaller ones it is borne less long.
    package var expectedMessageBytes = 16 << 10
    package var limits = DecodingLimits()
    package var quarantine = Quarantine.Limits()

    package init(endpoints: [String], socket: SocketKind = .sub, mode: Mode = .connect) {
        (self.endpoints, self.socket, self.mode) = (endpoints, socket, mode)
    }
}

/// A model whose messages a receiver decodes, and what its rows are handed to.
package struct ReceivedModel<Consumer: RowConsumer>: Sendable {
    package var name: String
    package var schema: ModelSchema?
    /// The columns of a `[N, F]` tensor of inputs.
    package var features: [String]?
    package var consumer: Consumer

    package init(_ name: String, schema: ModelSchema? = nil, features: [String]? = nil, consumer: Consumer) {
        (self.name, self.schema, self.features, self.consumer) = (name, schema, features, consumer)
    }
}
