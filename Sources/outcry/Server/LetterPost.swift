import Domain
import Foundation
import Languages
import Mail
import Sealing
import Storage
import Web

/// How this server sends letters: the worker that empties the queue, and the desk that fills it.
struct LetterPost {
    let worker: LetterWorker
    let desk: LetterDesk

    /// Seconds between two letters in a demonstration, so that one sees them go.
    static let demonstrationPace: Double = 5

    /// `everySeconds` is nil for the pace of an office. Throws `Refusal` if the key of letters that
    /// wait is lost.
    init(
        services: Services, settings: Settings, credentials: Credentials, everySeconds: Double?
    ) async throws {
        let (store, languages, outbox) = (services.store, services.languages, services.outbox)
        let sender = try settings.letterSender(
            services.organisation, origin: services.organisation.origin)
        let key = try credentials.letterKey(for: try await store.read { try $0.anyLetter() })
        let relay: SMTPRelay? = settings.smtpURL.flatMap {
            try? SMTPRelay(url: $0, from: sender.address, name: sender.name)
        }
        let transport: (any LetterTransport)? = outbox ?? relay
        let pace = everySeconds.map(LetterPace.init(everySeconds:)) ?? LetterPace()
        worker = LetterWorker(
            store: store, key: key, sender: sender, transport: transport ?? NoLetterRelay(),
            footer: { Self.footer($0, sender, languages) }, pace: pace, logger: services.logger,
            now: services.now)
        let isOpen = transport != nil
        desk = LetterDesk(seal: { try key.seal($0, of: $1) }, isOpen: { isOpen })
    }

    /// Says how to answer a letter whose writer gives no address.
    static func footer(
        _ letter: Letter, _ sender: LetterSender, _ languages: Languages
    ) -> String {
        guard letter.replyTo == nil else { return "" }
        let texts = languages[letter.language] ?? languages.fallback
        return texts(
            "letter.noreply",
            ["name": letter.name, "organisation": sender.name, "address": sender.address])
    }
}

extension Settings {
    /// In whose name letters go.
    func letterSender(_ organisation: Organisation, origin: String) throws -> LetterSender {
        LetterSender(
            address: try mailFrom ?? defaultSender(origin), name: organisation.name,
            bounceAddress: bounceAddress)
    }
}

/// Stands in while no relay is set.
private struct NoLetterRelay: LetterTransport {
    func send(_ mail: LetterMail) async -> HandOver { .relayDown }
}
