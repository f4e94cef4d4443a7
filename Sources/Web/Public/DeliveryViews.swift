import Domain
import Languages

/// What the ledger says of deliveries, for readers: only what is in it, so that all that is shown
/// can be checked.
struct DeliveryViews {
    let texts: Texts
    let content: ActionContent
    let record: DeliveryRecord

    /// What was handed over, as lines of a list of days, oldest first.
    var days: [(day: Day, line: HTML)] {
        record.receipts.map { ($0.day, line($0)) }
            .enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
            .map(\.element)
    }

    private func line(_ receipt: DeliveryReceipt) -> HTML {
        let delivery = record.delivery(of: receipt)
        return """
            <li><time datetime="\(receipt.day.description)">\(texts.date(receipt.day))</time> \
            <span>\(words(receipt)) \(delivery.map { contents($0, note: receipt.note) })</span></li>

            """
    }

    private func words(_ receipt: DeliveryReceipt) -> HTML {
        let key = receipt.result == .received ? "delivery.received" : "delivery.refused"
        let words = texts.html(key, ["office": "<bdi>\(office(receipt.target))</bdi>"])
        let by: HTML? =
            receipt.by.isEmpty
            ? nil : " \(texts.html("delivery.by", ["by": "<bdi>\(receipt.by)</bdi>"]))"
        return words + (by ?? .none)
    }

    private func contents(_ delivery: DeliveryStatement, note: String = "") -> HTML {
        let what = texts.plural(delivery.what.key, delivery.number)
        let index = delivery.index.map(texts.number) ?? ""
        let note: HTML? = note.isEmpty ? nil : " <bdi>\(note)</bdi>"
        return """
            \(what)\(note) <small class="cite soft">\(texts("delivery.proof", ["index": index])) \
            <span class="text" dir="ltr">\(delivery.hash)</span></small>
            """
    }

    private func office(_ target: String) -> String {
        content.targets.first { $0.id == target }?.office.in(texts.language) ?? target
    }

    /// All of it with its explanation, for whoever checks; nil if there is nothing.
    var list: HTML? {
        guard !record.deliveries.isEmpty else { return nil }
        let waiting = record.deliveries.filter { delivery in
            !record.receipts.contains { record.delivery(of: $0)?.index == delivery.index }
        }
        let lines = days.map(\.line) + waiting.map(line)
        return """
            <p>\(texts("delivery.text"))</p>
            <ol class="days" role="list">\(lines)</ol>
            """
    }

    private func line(_ delivery: DeliveryStatement) -> HTML {
        let words = texts.html(
            "delivery.waiting", ["office": "<bdi>\(office(delivery.target))</bdi>"])
        return """
            <li><time datetime="\(delivery.day.description)">\(texts.date(delivery.day))</time> \
            <span>\(words) \(contents(delivery))</span></li>

            """
    }

    /// The newest table of regions; nil if none was published.
    var regions: HTML? {
        guard let newest = record.regions.last else { return nil }
        let rows =
            newest.table.cells.map { (texts.country($0.region.code), $0.count) }
            + (newest.table.others > 0 ? [(texts("regions.other"), newest.table.others)] : [])
        let lines = rows.map { name, count -> HTML in
            "<tr><th scope=\"row\">\(name)</th><td>\(texts.number(count))</td></tr>\n"
        }
        let smallest = texts.number(RegionTable.smallest)
        let since = [
            "date": texts.date(newest.day), "index": newest.index.map(texts.number) ?? "",
        ]
        return """
            <p>\(texts("regions.text", ["number": smallest]))</p>
            <table><thead><tr><th scope="col">\(texts("regions.region"))</th>\
            <th scope="col">\(texts("regions.count"))</th></tr></thead>
            <tbody>\(lines)</tbody></table>
            <p class="small soft">\(texts("regions.since", since))</p>
            """
    }
}

extension DeliveryStatement.What {
    /// Of the sentence that says it.
    fileprivate var key: String {
        switch self {
        case .number: "delivery.number"
        case .regions: "delivery.regions"
        case .names: "delivery.names"
        case .collective: "delivery.collective"
        }
    }
}

extension ActionJSON {
    struct DeliveryJSON: Encodable {
        let target: String
        let what: String
        let number: Int
        let size: Int
        let sha256: String
        let entry: Int?
        let recorded: String
        let receipts: [ReceiptJSON]
    }

    struct ReceiptJSON: Encodable {
        let date: String
        let result: String
        let by: String?
        let note: String?
        let entry: Int?
    }

    struct RegionsJSON: Encodable {
        let size: Int
        let day: String
        let entry: Int?
        /// By the codes of UN M49, and `other`.
        let signatures: [String: Int]
    }
}

extension DeliveryRecord {
    var json: [ActionJSON.DeliveryJSON] {
        deliveries.map { delivery in
            let receipts = receipts.filter { self.delivery(of: $0)?.index == delivery.index }
            return .init(
                target: delivery.target, what: delivery.what.rawValue, number: delivery.number,
                size: delivery.size, sha256: delivery.hash, entry: delivery.index,
                recorded: delivery.day.description,
                receipts: receipts.map {
                    .init(
                        date: $0.day.description, result: $0.result.rawValue,
                        by: $0.by.isEmpty ? nil : $0.by, note: $0.note.isEmpty ? nil : $0.note,
                        entry: $0.index)
                })
        }
    }

    var regionsJSON: ActionJSON.RegionsJSON? {
        regions.last.map {
            .init(
                size: $0.size, day: $0.day.description, entry: $0.index,
                signatures: Dictionary(
                    uniqueKeysWithValues: $0.table.rows.map { ($0.code, $0.count) }))
        }
    }
}
