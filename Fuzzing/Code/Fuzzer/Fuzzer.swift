import Foundation

/// libFuzzer around one target, which `FUZZ_TARGET` names; the arguments are libFuzzer's own.
/// Without a target it lists them, each with the longest input in bytes.
@main
enum Fuzzer {
    fileprivate static let target = FuzzTarget.named(
        ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? "")

    static func main() {
        guard target != nil else {
            for target in FuzzTarget.all { print(target.name, target.longest) }
            exit(0)
        }
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(runDriver(&count, &arguments, tryInput))
    }
}

private func tryInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    do {
        try Fuzzer.target?.check(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        print("broken: \(error)")
        fflush(nil)
        abort()
    }
    return 0
}

private typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// The entrance to libFuzzer for programs that have a `main` of their own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<Arguments>,
    _ tryInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
