import Foundation
import Mail

/// Takes the place of a relay while the server is measured: mails go nowhere, and the secret of
/// each link goes, as a line, into a pipe that the load generator reads.
///
/// Only `serve --measure` has it, which listens on loopback alone.
final class MeasuringRelay: MailTransport {
    private let pipe: Int32

    /// Throws `Refusal` unless `path` is a named pipe: nothing may keep what is written there.
    init(path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else {
            throw Refusal("\(path) is no named pipe. Make one with mkfifo and read from it first.")
        }
        pipe = open(path, O_WRONLY | O_CLOEXEC)
        guard pipe >= 0 else { throw Refusal("\(path) cannot be written.") }
    }

    func send(_ job: MailJob) async -> RelayAnswer {
        let text = Array(job.text.utf8)
        let mark = Array("/c/".utf8)
        let places = text.indices.dropLast(mark.count - 1)
        guard
            let place = places.first(where: { at in
                mark.indices.allSatisfy { text[at + $0] == mark[$0] }
            })
        else { return .refused }
        // 44 bytes are written at once or not at all (POSIX, PIPE_BUF).
        let line = Array(text[(place + mark.count)...].prefix(43)) + [0x0a]
        return write(pipe, line, line.count) == line.count ? .accepted : .later
    }
}
