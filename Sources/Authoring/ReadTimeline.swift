import Domain

/// The events of action.yaml, oldest first, and its outcome.
func readTimeline(
    _ fields: Fields, sources: Set<String>
) -> (events: [Event], outcome: Outcome?) {
    var latest: (day: Day, date: PartialDate)?
    let keys = ["date", "text", "source"]
    let events = fields.items("events", "this event", keys: keys) { fields in
        let event = Event(
            date: fields.required("date", .date),
            text: fields.citingLocalText("text"),
            source: fields.reference("source", to: "source", among: sources))
        if fields.hasDate, let before = latest, event.date.days.last < before.day {
            fields.file.problem(
                fields.line(of: "date"),
                "\(event.date) is earlier than \(before.date) above it; put the oldest event first")
        }
        if fields.hasDate, latest.map({ $0.day < event.date.days.first }) ?? true {
            latest = (event.date.days.first, event.date)
        }
        return event
    }
    return (events, readOutcome(fields, sources: sources))
}

private func readOutcome(_ fields: Fields, sources: Set<String>) -> Outcome? {
    let keys = ["date", "text", "next", "source"]
    guard let value = fields.value("outcome"),
        let fields = Fields(value, "the outcome", keys: keys, in: fields.file)
    else { return nil }
    return Outcome(
        date: fields.required("date", .date),
        text: fields.citingLocalText("text"),
        next: fields.optionalCitingLocalText("next"),
        source: fields.reference("source", to: "source", among: sources))
}

extension Fields {
    /// False if the date has a problem of its own, which is reported where it is read.
    fileprivate var hasDate: Bool { plain("date").flatMap { PartialDate($0) } != nil }
}

extension PartialDate {
    /// The first and the last day that can be meant. Seasons differ between the hemispheres and
    /// winter reaches into the next year, so a season is taken as wide as it can be.
    fileprivate var days: (first: Day, last: Day) {
        switch self {
        case .day(let day): (day, day)
        case .month(let year, let month):
            (
                Day(year: year, month: month, day: 1),
                (month < 12
                    ? Day(year: year, month: month + 1, day: 1)
                    : Day(year: year + 1, month: 1, day: 1)) + -1
            )
        case .season(let year, _):
            (Day(year: year, month: 1, day: 1), Day(year: year + 1, month: 3, day: 1) + -1)
        case .year(let year):
            (Day(year: year, month: 1, day: 1), Day(year: year + 1, month: 1, day: 1) + -1)
        }
    }
}
