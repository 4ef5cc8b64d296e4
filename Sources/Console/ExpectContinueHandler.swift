import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Tells a client that asks first, with `Expect: 100-continue`, to send its body; without an answer curl waits a
/// second. A client that pipelines is not told, for the answer could overtake an earlier request's: it goes on
/// by itself after its wait.
final class ExpectContinueHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var requestsAtHand = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let request) = unwrapInboundIn(data) {
            if requestsAtHand == 0, request.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
            requestsAtHand += 1
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { requestsAtHand -= 1 }
        context.write(data, promise: promise)
    }
}
