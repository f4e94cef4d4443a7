import Domain
import Foundation
import Languages
import Storage

/// The day until which an action asks, as an event; without a day, as something to do now. It
/// follows the action: what was taken into a calendar is called off under the same name.
struct ActionCalendar {
    let texts: Texts
    let action: PublishedAction
    let origin: String

    /// In the language of the action's text, where it is not in the reader's.
    var bytes: [UInt8] {
        var file = CalendarFile()
        let kind = day == nil ? "VTODO" : "VEVENT"
        file.add("BEGIN", "VCALENDAR")
        file.add("VERSION", "2.0")
        file.add("PRODID", "-//Outcry//Outcry//EN")
        file.add("CALSCALE", "GREGORIAN")
        file.add("BEGIN", kind)
        file.add("UID", "\(action.id)-\(kind.dropFirst().lowercased())@\(host)")
        file.add("DTSTAMP", stamp(changed))
        file.add("LAST-MODIFIED", stamp(changed))
        file.add("SEQUENCE", String(action.row.revision))
        if let day {
            file.add("DTSTART;VALUE=DATE", basic(day))
            file.add("DTEND;VALUE=DATE", basic(day + 1))
            file.add("TRANSP", "TRANSPARENT")
        }
        file.add("STATUS", status)
        if status == "COMPLETED" {
            file.add("COMPLETED", stamp(Double(action.row.stateSince) / 1000))
            file.add("PERCENT-COMPLETE", "100")
        }
        file.add("SUMMARY", summary, language: language)
        file.add("DESCRIPTION", description, language: language)
        file.add("URL", address)
        file.add("END", kind)
        file.add("END", "VCALENDAR")
        return file.bytes
    }

    private var content: ActionContent { action.content }

    private var translation: Translation { content.shown(in: texts.language) }

    private var isStopped: Bool { action.state == .stopped }

    private var language: String { isStopped ? texts.language : translation.language }

    private var address: String { "\(origin)/\(texts.language)/actions/\(action.slug)" }

    private var host: String {
        let name = origin.split(separator: "/").last ?? "localhost"
        return String(name.prefix { $0 != ":" })
    }

    /// A month or a year is no day that anything could be put on.
    private var day: Day? {
        guard case .day(let day)? = content.closes else { return nil }
        return day
    }

    private var status: String {
        switch action.state {
        case .draft: day == nil ? "NEEDS-ACTION" : "TENTATIVE"
        case .open, .paused: day == nil ? "NEEDS-ACTION" : "CONFIRMED"
        case .won, .delivered: day == nil ? "COMPLETED" : "CANCELLED"
        case .closed, .stopped: "CANCELLED"
        }
    }

    private var summary: String {
        if isStopped { return texts("action.stopped.title") }
        guard action.state.isOver else {
            return Claims(texts: texts, content: content).plain(translation.call)
        }
        return "\(texts("state.\(action.state.rawValue)")): \(translation.title)"
    }

    private var description: String {
        if isStopped { return texts("state.stopped.instead") }
        if let warning = texts.ended(action.state) { return "\(warning)\n\n\(address)" }
        let since = Day(seconds: Double(action.row.stateSince) / 1000)
        let paused =
            action.state == .paused
            ? texts("state.paused.notice", ["date": texts.date(since)]) : nil
        let until =
            content.closes.map { texts("sheet.until", ["date": texts.date($0)]) }
            ?? texts("sheet.now")
        let demand = Claims(texts: texts, content: content).plain(translation.demand)
        return [paused, demand, until, address].compactMap { $0 }.joined(separator: "\n\n")
    }

    /// Seconds since 1970 at which state or text changed last.
    private var changed: Double {
        let text = action.versions.last.map { $0.day.number * 86_400 } ?? 0
        return max(Double(action.row.stateSince) / 1000, Double(text))
    }

    private func basic(_ day: Day) -> String { day.description.filter { $0 != "-" } }

    private func stamp(_ seconds: Double) -> String {
        timestamp(seconds).filter { $0 != "-" && $0 != ":" }
    }
}
