import NIOCore
import NIOHTTP1

/// Closes the connection after an answer to HTTP/1.0, whose clients wait for that (RFC 9112,
/// section 9.3); Hummingbird looks at `Connection` alone.
final class OldClients: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), head.version == .http1_0,
            head.headers["Connection"].isEmpty
        else { return context.fireChannelRead(data) }
        head.headers.add(name: "Connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
