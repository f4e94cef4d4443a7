import NIOCore
import NIOHTTP1

/// Two things of old that Hummingbird does not look at, said in the way that it does.
final class OldClients: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else {
            return context.fireChannelRead(data)
        }
        // A client of HTTP/1.0 waits for the end of the connection (RFC 9112, section 9.3).
        if head.version == .http1_0, head.headers["Connection"].isEmpty {
            head.headers.add(name: "Connection", value: "close")
        }
        // An address with a host in it wins over `Host` (RFC 9112, section 3.2.2).
        if !head.uri.hasPrefix("/"), let start = head.uri.firstRange(of: "://")?.upperBound {
            let host = head.uri[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            head.headers.replaceOrAdd(name: "Host", value: String(host))
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
