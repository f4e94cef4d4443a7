import CProcess
import Foundation

/// What a process holds for a moment must not end in a core file, nor in the report that Swift's
/// runtime prints of a crash, memory and all: signals get back their plain meaning.
func forbidDumps() {
    for fault in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] {
        signal(fault, SIG_DFL)
    }
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    _ = outcry_forbid_dumps()
}

/// As many open connections as the system allows this process.
func raiseFileLimit() {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(files, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(files, &limit)
}
