// The least that this server could do: Hummingbird answering five bytes. `bench-hello --port N`
import Hummingbird

let port = CommandLine.arguments.last.flatMap { Int($0) } ?? 8081
let router = Router()
router.get("/") { _, _ in "hello" }
let app = Application(
    router: router,
    configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil))
try await app.runService()
