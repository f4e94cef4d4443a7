import Foundation
import ServiceLifecycle

/// Tells the service manager that started this process how far it is, if it wants to know: a
/// datagram to the socket of `NOTIFY_SOCKET`, as in `sd_notify(3)`. Nothing depends on its arrival.
func tellManager(_ state: String) {
    guard let name = ProcessInfo.processInfo.environment["NOTIFY_SOCKET"] else { return }
    var path = Array(name.utf8)
    // An @ stands for the null byte of a name that is in no file system.
    if path.first == UInt8(ascii: "@") { path[0] = 0 }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard !path.isEmpty, path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let length = MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + path.count } ?? 0
    let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let message = Array(state.utf8)
    _ = withUnsafePointer(to: address) { address in
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            sendto(
                descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0,
                socklen_t(length))
        }
    }
}

/// Says that the end has begun.
struct EndNotice: Service {
    func run() async throws {
        try await gracefulShutdown()
        tellManager("STOPPING=1")
    }
}
