import Domain
import Testing

@Suite("Signatures on paper")
struct PaperBatchTests {
    private let batch = PaperBatch(
        slug: "baku-2017", count: 120, day: Day(year: 2017, month: 9, day: 30),
        by: "Example Rights Network", note: "Market square")

    @Test(
        "A batch is read back from what the ledger says of it", arguments: ["", "Two, or three."])
    func statement(note: String) {
        let batch = PaperBatch(
            slug: batch.slug, count: batch.count, day: batch.day, by: batch.by, note: note)
        #expect(PaperBatch(statement: batch.statement) == batch)
        let lines = batch.statement.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines == [
                "outcry paper 1", "baku-2017", "120", "2017-09-30", "Example Rights Network",
                "\(note)", "",
            ])
    }

    @Test("What says something else is no batch")
    func others() {
        for text in [
            "", "outcry close 1\nbaku-2017\nwon\n", batch.statement + "more\n",
            batch.statement.replacing("120", with: "many"),
            batch.takenBack(index: 7, on: batch.day, note: ""),
        ] {
            #expect(PaperBatch(statement: text) == nil, "\(text)")
        }
    }

    @Test("What takes a batch back names its entry")
    func takenBack() {
        let text = batch.takenBack(index: 7, on: batch.day, note: "A slip")
        #expect(text.hasPrefix("outcry paper back 1\nbaku-2017\n7\n120\n"))
        #expect(PaperBatch.takenBack(by: text) == 7)
        #expect(PaperBatch.takenBack(by: batch.statement) == nil)
    }

    @Test("An entry's bytes are one count or one batch, never both")
    func bytes() {
        for paper in [
            LedgerEntry.Paper.counted(0), .counted(1), .counted(.max), .takenBack(batch: 1),
            .takenBack(batch: .max),
        ] {
            #expect(paper.bytes.count == 32)
            #expect(LedgerEntry.Paper(paper.bytes[...]) == paper)
        }
        #expect(LedgerEntry.Paper.counted(7).bytes == LedgerEntry.number(7))
        var both = LedgerEntry.Paper.takenBack(batch: 1).bytes
        both[31] = 1
        #expect(LedgerEntry.Paper(both[...]) == nil)
        #expect(LedgerEntry.Paper(LedgerEntry.number(.max)[...]) == nil)
    }
}
