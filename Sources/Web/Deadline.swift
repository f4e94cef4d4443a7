package import NIOCore
import NIOHTTP1
package import NIOHTTPTypes

/// Closes a connection that takes its time: not one byte after another, but each part as a whole
/// has its time, so that a client that sends a byte now and then gets no further than a silent one.
package final class Deadline: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    /// From the first contact to the end of the first head.
    private static let head = TimeAmount.seconds(10)
    /// From the head to the end of the form.
    private static let body = TimeAmount.seconds(10)
    /// From the end of a form to the end of its answer, on the wire.
    private static let answer = TimeAmount.seconds(60)
    /// From an answer to the end of the next head.
    private static let next = TimeAmount.seconds(30)

    private var due = NIODeadline.distantFuture
    private var check: Scheduled<Void>?

    package init() {}

    package func handlerAdded(context: ChannelHandlerContext) {
        due = .now() + Self.head
        schedule(context)
        // Only here, where the decoder stands already, can anything be put behind it.
        let decoder = try? context.pipeline.syncOperations.handler(
            type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        if let decoder {
            try? context.pipeline.syncOperations.addHandler(
                OldClients(), position: .after(decoder))
        }
    }

    package func handlerRemoved(context: ChannelHandlerContext) { check?.cancel() }

    package func channelInactive(context: ChannelHandlerContext) {
        check?.cancel()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: due = .now() + Self.body
        case .end: due = .now() + Self.answer
        case .body: break
        }
        context.fireChannelRead(data)
    }

    package func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        if case .end = unwrapOutboundIn(data) { due = .now() + Self.next }
        context.write(data, promise: promise)
    }

    /// One task a connection, which looks again when the time that it knew of is over: a request
    /// costs no timer.
    private func schedule(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        check = context.eventLoop.scheduleTask(deadline: due) {
            let (handler, context) = bound.value
            if handler.due <= .now() {
                context.close(promise: nil)
            } else {
                handler.schedule(context)
            }
        }
    }
}
