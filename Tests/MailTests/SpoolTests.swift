import CCurl
import Domain
import Foundation
import Testing

@testable import Mail

func temporaryFolder() -> URL {
    FileManager.default.temporaryDirectory.appending(path: "outcry-mail-\(randomBytes(8).hex)")
}

func job(
    to: String = "ada@example.org", action: ActionID? = nil, created: Double = 1_000,
    isSilent: Bool = false
) throws -> MailJob {
    MailJob(
        to: try EmailAddress(to), action: action, subject: "Subject", text: "Text\n",
        created: created, isSilent: isSilent)
}

struct SpoolTests {
    @Test("A mail in the spool is unreadable, and is taken up after a restart")
    func sealed() throws {
        let folder = temporaryFolder()
        let job = try job(to: "canary-address@example.org")
        try Spool(folder: folder).enqueue(job)
        let files =
            FileManager.default.enumerator(atPath: folder.path)?
            .compactMap { $0 as? String } ?? []
        #expect(files.contains { $0.hasSuffix(".job") })
        for file in files {
            let bytes = FileManager.default.contents(atPath: folder.appending(path: file).path)
            #expect((bytes ?? Data()).range(of: Data("canary".utf8)) == nil)
        }
        let second = try Spool(folder: folder)
        let references = second.takeIncoming()
        #expect(references.count == 1)
        #expect(references.first.flatMap(second.read) == job)
    }

    @Test("A mail in hand-over at a crash is lost rather than sent twice")
    func claimed() throws {
        let folder = temporaryFolder()
        let spool = try Spool(folder: folder)
        try spool.enqueue(job())
        let reference = try #require(spool.takeIncoming().first)
        try spool.claim(reference)
        #expect(try Spool(folder: folder).takeIncoming().isEmpty)
    }

    @Test("A mail that is given back waits again, under the key of its new time")
    func givenBack() throws {
        let folder = temporaryFolder()
        let spool = try Spool(folder: folder)
        let job = try job(created: 1_000)
        try spool.enqueue(job)
        let reference = try #require(spool.takeIncoming().first)
        try spool.claim(reference)
        #expect(spool.read(reference) == nil && spool.waitingNow == 1)
        let again = try spool.giveBack(job, now: 2_000)
        spool.eraseOldSlots(now: 2_500)
        #expect(try Spool(folder: folder).takeIncoming() == [again])
        #expect(spool.read(again) == job)
    }

    @Test("Of a mail that a crash has cut short nothing is left")
    func cutShort() throws {
        let folder = temporaryFolder()
        try Spool(folder: folder).enqueue(job())
        let name = try #require(
            FileManager.default.enumerator(atPath: folder.path)?
                .compactMap { $0 as? String }.first { $0.hasSuffix(".job") })
        truncate(folder.appending(path: name).path, 1_000)
        let spool = try Spool(folder: folder)
        let reference = try #require(spool.takeIncoming().first)
        #expect(spool.read(reference) == nil)
        spool.remove(reference)
        #expect(try Spool(folder: folder).takeIncoming().isEmpty)
    }

    @Test(
        "A job comes back from its bytes, and from no part of them",
        arguments: [nil, ActionID.random()])
    func bytes(action: ActionID?) throws {
        let job = try job(to: "əli@example.org", action: action, created: 1_506_038_400.25)
        #expect(MailJob(bytes: job.bytes + [0, 0, 0]) == job)
        for length in 0..<job.bytes.count {
            #expect(MailJob(bytes: Array(job.bytes.prefix(length))) == nil)
        }
    }

    @Test("A slot's key is erased once the slot has ended and its last job is gone")
    func erased() throws {
        let folder = temporaryFolder()
        let spool = try Spool(folder: folder)
        try spool.enqueue(job(created: 1_000))
        try spool.enqueue(job(created: 1_100))
        let references = spool.takeIncoming()
        let key = folder.appending(path: "1/key").path
        spool.remove(references[0])
        spool.eraseOldSlots(now: 5_000)
        #expect(FileManager.default.fileExists(atPath: key))
        spool.remove(references[1])
        spool.eraseOldSlots(now: 5_030)
        #expect(FileManager.default.fileExists(atPath: key))
        spool.eraseOldSlots(now: 5_100)
        #expect(!FileManager.default.fileExists(atPath: key))
        try spool.enqueue(job(created: 5_100))
        spool.remove(try #require(spool.takeIncoming().first))
        spool.eraseOldSlots(now: 5_300)
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "8/key").path))
    }

    @Test("The files of all mails have one size, and only so many may wait")
    func sizes() throws {
        let folder = temporaryFolder()
        let spool = try Spool(folder: folder, limit: 3)
        try spool.enqueue(job(to: "a@b.example", isSilent: true))
        try spool.enqueue(job(to: "a-much-longer-address@example.org", action: .random()))
        #expect(spool.hasRoom)
        try spool.enqueue(job(to: "a@b.example"))
        #expect(!spool.hasRoom)
        let files =
            FileManager.default.enumerator(atPath: folder.path)?
            .compactMap { $0 as? String }.filter { $0.hasSuffix(".job") } ?? []
        let sizes = files.map {
            FileManager.default.contents(atPath: folder.appending(path: $0).path)?.count
        }
        #expect(files.count == 3 && Set(sizes).count == 1)
        spool.remove(try #require(spool.takeIncoming().first))
        #expect(spool.hasRoom)
    }

    @Test(
        "A private file never follows a link that somebody has put there, nor keeps its permissions"
    )
    func links() throws {
        let folder = temporaryFolder()
        try makePrivateFolder(folder)
        let (file, elsewhere) = (folder.appending(path: "out.part"), folder.appending(path: "x"))
        try Data("old".utf8).write(to: elsewhere)
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: elsewhere)
        try writePrivate(Data("secret".utf8), to: file)
        #expect(try Data(contentsOf: elsewhere) == Data("old".utf8))
        #expect(try Data(contentsOf: file) == Data("secret".utf8))
    }

    @Test("Only the owner may read what waits")
    func permissions() throws {
        let folder = temporaryFolder()
        try Spool(folder: folder).enqueue(job())
        for file in FileManager.default.enumerator(atPath: folder.path)?
            .compactMap({ $0 as? String }) ?? []
        {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: folder.appending(path: file).path)
            let permissions = try #require(attributes[.posixPermissions] as? NSNumber).intValue
            #expect(permissions & 0o077 == 0, "\(file)")
        }
    }
}

struct CounterTests {
    private let name = [UInt8](repeating: 1, count: 32)
    private let other = [UInt8](repeating: 2, count: 32)

    @Test("A limit holds, also after a restart, and ends with the day")
    func limits() throws {
        let folder = temporaryFolder()
        try makePrivateFolder(folder)
        let counter = DailyCounter(folder: folder)
        #expect(counter.reserve([(name, 2)], day: 1))
        #expect(counter.reserve([(name, 2), (other, 1)], day: 1))
        #expect(!counter.reserve([(name, 2), (other, 5)], day: 1))
        #expect(counter.count(other, day: 1) == 1)
        counter.release([other], day: 0)
        #expect(counter.count(other, day: 1) == 1)
        let restarted = DailyCounter(folder: folder)
        #expect(restarted.count(name, day: 1) == 2)
        restarted.release([name], day: 1)
        #expect(DailyCounter(folder: folder).count(name, day: 1) == 1)
        #expect(restarted.count(name, day: 2) == 0)
        #expect(restarted.reserve([(name, 2)], day: 2))
    }

    @Test("What began yesterday is still counted there, and no longer the day after")
    func yesterday() throws {
        let folder = temporaryFolder()
        try makePrivateFolder(folder)
        let counter = DailyCounter(folder: folder)
        #expect(counter.reserve([(name, 2)], day: 1))
        #expect(counter.reserve([(other, 1)], day: 2))
        #expect(counter.reserve([(name, 2)], day: 1))
        #expect(!counter.reserve([(name, 2)], day: 1))
        let restarted = DailyCounter(folder: folder)
        #expect(restarted.count(name, day: 2) == 0)
        #expect(restarted.count(name, day: 1) == 2)
        restarted.release([name], day: 1)
        #expect(restarted.count(name, day: 1) == 1)
        #expect(restarted.count(name, day: 3) == 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.sorted() == ["counts-2", "counts-3"])
    }
}

struct ScheduleTests {
    private let reference = Spool.Reference(slot: 1, name: "a")

    /// All that is due at once.
    private func take(
        _ schedule: inout Schedule, adding references: [Spool.Reference] = [], now: Double,
        limit: Int
    ) -> [Schedule.Job] {
        var due: [Schedule.Job] = []
        var added = references
        while let job = schedule.next(adding: added, now: now, limit: limit) {
            due.append(job)
            added = []
        }
        return due
    }

    @Test("While the relay is down one mail asks, less and less often")
    func relayDown() throws {
        var schedule = Schedule()
        let references = (0..<10).map { Spool.Reference(slot: 1, name: "\($0)") }
        var due = take(&schedule, adding: references, now: 0, limit: 4)
        #expect(due.count == 4)
        for job in due { schedule.relayIsDown(job, now: 0) }
        #expect(take(&schedule, now: 0.5, limit: 4).isEmpty)
        due = take(&schedule, now: 100, limit: 4)
        #expect(due.count == 1)
        schedule.relayAnswered()
        schedule.done()
        #expect(take(&schedule, now: 100, limit: 4).count == 4)
    }

    @Test("A mail that was put off comes back after 5, 15, 45 seconds, at most 15 minutes")
    func later() throws {
        var schedule = Schedule()
        var job = try #require(take(&schedule, adding: [reference], now: 0, limit: 1).first)
        var now = 0.0
        for delay in [5.0, 15, 45, 135, 405, 900, 900] {
            schedule.retry(job, now: now)
            #expect(take(&schedule, now: now + delay - 0.1, limit: 1).isEmpty)
            job = try #require(take(&schedule, now: now + delay, limit: 1).first)
            now += delay
        }
    }

    @Test(
        "However many wait, each is handed out once, first come first, and what was put off in time"
    )
    func order() throws {
        var schedule = Schedule()
        let names = (0..<2_500).map { "\($0)" }
        let references = names.map { Spool.Reference(slot: 1, name: $0) }
        let due = take(&schedule, adding: references, now: 0, limit: 5_000)
        #expect(due.map(\.reference.name) == names)
        for (index, job) in due.prefix(3).enumerated() {
            schedule.retry(job, now: [2.0, 0, 1][index])
        }
        #expect(take(&schedule, now: 6, limit: 5_000).map(\.reference.name) == ["1", "2"])
        #expect(take(&schedule, now: 7, limit: 5_000).map(\.reference.name) == ["0"])
    }
}

struct HeaderTests {
    @Test(
        "What failed, and what the relay said last, decide what becomes of a mail",
        arguments: [
            (CURLE_OK, 250, RelayAnswer.accepted), (CURLE_COULDNT_CONNECT, 0, .relayDown),
            (CURLE_RECV_ERROR, 354, .unknown), (CURLE_SEND_ERROR, 450, .later),
            (CURLE_SEND_ERROR, 421, .later), (CURLE_SEND_ERROR, 550, .refused),
            (CURLE_SEND_ERROR, 530, .later), (CURLE_WEIRD_SERVER_REPLY, 421, .relayDown),
            (CURLE_WEIRD_SERVER_REPLY, 554, .refused), (CURLE_WEIRD_SERVER_REPLY, 451, .later),
            (CURLE_LOGIN_DENIED, 535, .relayDown), (CURLE_OPERATION_TIMEDOUT, 250, .later),
        ])
    func delivery(result: CURLcode, code: Int, means: RelayAnswer) {
        #expect(SMTPRelay.delivery(result, lastCode: code) == means)
    }

    @Test("A subject in any script is encoded in words of 75 characters, and breaks no line")
    func subject() {
        #expect(encodedHeader("Plain 123") == "Plain 123")
        let long = encodedHeader(String(repeating: "Əliyev 🕊 ", count: 12) + "\r\nBcc: x@y.z")
        for line in long.split(separator: "\r\n") {
            #expect(line.trimmingCharacters(in: .whitespaces).utf8.count <= 75)
            #expect(line.trimmingCharacters(in: .whitespaces).hasPrefix("=?utf-8?B?"))
        }
    }

    @Test(
        "A sender's name is quoted, or encoded where quotes do not do",
        arguments: [
            ("Rights Network", "\"Rights Network\""), ("A \"B\" \\C", "\"A \\\"B\\\" \\\\C\""),
            ("Ə", "=?utf-8?B?xo8=?="),
        ])
    func name(name: String, header: String) { #expect(quotedName(name) == header) }

    @Test(
        "A text comes back from quoted-printable, in lines of at most 76 characters",
        arguments: [
            "Plain\n", "a = b \n\tx\t\n", "Əliyev 🕊 " + String(repeating: "ə", count: 100) + "\n",
            String(repeating: "x", count: 76), String(repeating: "long ", count: 40) + "\n.\n\nend",
            "",
        ])
    func body(text: String) throws {
        let encoded = String(decoding: quotedPrintable(text), as: UTF8.self)
        for line in encoded.components(separatedBy: "\r\n") {
            #expect(line.utf8.count <= 76 && !line.hasSuffix(" ") && !line.hasSuffix("\t"))
        }
        let joined = encoded.replacing("=\r\n", with: "").replacing("\r\n", with: "\n")
        let decoded = joined.replacing("%", with: "%25").replacing("=", with: "%")
            .removingPercentEncoding
        #expect(decoded == (text.hasSuffix("\n") ? text : text + "\n"))
    }

    @Test("A date is as RFC 5322 writes it")
    func date() {
        #expect(
            mailDate(Date(timeIntervalSince1970: 1_506_038_400))
                == "Fri, 22 Sep 2017 00:00:00 +0000")
    }

    @Test(
        "Only addresses of mail servers are taken as relays",
        arguments: [
            "http://relay.example", "relay.example:25", "", "smtp://",
        ])
    func relay(url: String) {
        #expect(throws: SMTPSettingsProblem.notAnSMTPAddress) {
            try SMTPRelay(url: url, from: "a@b.example", name: "B")
        }
    }
}
