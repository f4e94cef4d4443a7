import Domain
import Languages
import Storage

/// What feeds say of one action, each entry under an id of its own that stays: the action as it
/// stands, which follows its state, and what happened to it, so that whoever follows hears of it.
struct FeedEntries {
    let texts: Texts
    let action: PublishedAction
    let deliveries: DeliveryRecord
    let origin: String

    struct Entry {
        let id: String
        let address: String
        let title: String
        let summary: String
        /// Seconds since 1970.
        let updated: Double
    }

    private var address: String { "\(origin)/\(texts.language)/actions/\(action.slug)" }
    private var title: String { action.content.shown(in: texts.language).title }
    private var stateSince: Double { Double(action.row.stateSince) / 1000 }

    /// None for an action that the public never saw.
    var all: [Entry] {
        if action.state == .stopped { return action.row.openedDay == nil ? [] : [stopped] }
        return [standing] + corrections + change + receipts
    }

    private func entry(
        _ part: String?, _ title: String, _ summary: String, _ updated: Double
    ) -> Entry {
        Entry(
            id: part.map { "\(address)#\($0)" } ?? address, address: address, title: title,
            summary: Claims(texts: texts, content: action.content).plain(summary),
            updated: updated)
    }

    /// In place of what a reader's program has kept: an entry that is only left out stays there.
    private var stopped: Entry {
        Entry(
            id: address, address: address, title: texts("action.stopped.title"),
            summary: texts("state.stopped.instead"), updated: stateSince)
    }

    private var isWon: Bool { action.state == .won || action.state == .delivered }

    private var outcome: String? {
        isWon ? action.content.outcome?.text.in(texts.language) : nil
    }

    private var standing: Entry {
        let summary = action.content.shown(in: texts.language).summary
        let imported = action.versions.last?.day.start ?? 0
        return entry(
            nil, "\(texts("state.\(action.state.rawValue)")): \(title)",
            action.state == .won ? outcome ?? summary : summary, max(imported, stateSince))
    }

    /// What was changed after it was first shown.
    private var corrections: [Entry] {
        action.versions.filter { version in
            version.number > 1 && action.row.openedDay.map { version.day >= $0 } ?? false
        }.map { version in
            let words = texts(
                "versions.corrected",
                ["number": texts.number(version.number), "date": texts.date(version.day)])
            return entry(
                "version-\(version.number)", "\(title): \(words)",
                action.content.shown(in: texts.language).summary, version.day.start)
        }
    }

    private var change: [Entry] {
        guard action.state != .open, action.state != .draft else { return [] }
        let state = action.state.rawValue
        return [
            entry(
                state, "\(texts("state.\(state)")): \(title)",
                outcome ?? texts("state.\(state).instead"), stateSince)
        ]
    }

    private var receipts: [Entry] {
        deliveries.receipts.map { receipt in
            let target = action.content.targets.first { $0.id == receipt.target }
            let office = target?.office.in(texts.language) ?? receipt.target
            let words = texts("delivery.\(receipt.result.rawValue)", ["office": office])
            let what = deliveries.delivery(of: receipt).map {
                texts.plural("delivery.\($0.what.rawValue)", $0.number)
            }
            return entry(
                "delivery-\(receipt.index ?? 0)", "\(title): \(words)", what ?? words,
                receipt.day.start)
        }
    }
}

extension Day {
    /// Its first second, since 1970.
    fileprivate var start: Double { Double(number) * 86_400 }
}
