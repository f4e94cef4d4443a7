/// Whether a host, written without brackets, means this machine: `localhost`, `::1` or an IPv4
/// address in 127.0.0.0/8. A name that only begins with `127.` does not.
package func isLoopbackHost(_ host: some StringProtocol) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
        && parts.allSatisfy { (1...3).contains($0.utf8.count) && UInt8($0) != nil }
}
