/// Asks one witness, and believes it nothing that is not signed.
actor WitnessClient {
    typealias Problem = WitnessReport.Problem
    typealias Answer = WitnessCollector.Answer

    private let witness: WitnessPolicy.Witness
    private let url: String
    private let log: NoteKey
    private let fetch: WitnessCollector.Fetch
    private let heads: WitnessCollector.Heads
    private let timeLimit: Duration

    /// The size that it has of each origin, as far as it is known here.
    private var sizes: [String: Int] = [:]
    /// The last text of each origin that it has cosigned.
    private var cosigned: [String: (text: String, signature: SignedNote.Signature)] = [:]
    private var isAsking = false
    /// Requests whose end nobody waited for.
    private var unfinished = 0

    init(
        _ witness: WitnessPolicy.Witness, url: String, log: NoteKey,
        fetch: @escaping WitnessCollector.Fetch,
        heads: @escaping WitnessCollector.Heads, timeLimit: Duration
    ) {
        self.witness = witness
        self.url = url
        self.log = log
        self.fetch = fetch
        self.heads = heads
        self.timeLimit = timeLimit
    }

    /// Its cosignature on this text, if it has given one and no newer one.
    func cosignature(on note: SignedNote, of origin: String) -> SignedNote.Signature? {
        cosigned[origin].flatMap { $0.text == note.text ? $0.signature : nil }
    }

    /// Asks for each cosignature that is still missing.
    func collect(_ heads: [LogHead]) async -> WitnessReport {
        let missing = heads.filter { cosignature(on: $0.note, of: $0.checkpoint.origin) == nil }
        return await askAbout(missing) { head, report throws(Problem) in
            try await cosign(head, &report)
        }
    }

    /// Asks for each checkpoint that it keeps, and compares it with what is here.
    func compare(_ heads: [LogHead]) async -> WitnessReport {
        await askAbout(heads) { head, report throws(Problem) in
            _ = try await compare(head.checkpoint.origin, &report)
        }
    }

    private func askAbout(
        _ heads: [LogHead],
        _ ask: (LogHead, inout WitnessReport) async throws(Problem) -> Void
    ) async -> WitnessReport {
        var report = WitnessReport(witness: witness.name)
        guard !isAsking, unfinished == 0 else {
            report.note(.busy)
            return report
        }
        isAsking = true
        defer { isAsking = false }
        let end = ContinuousClock.now + timeLimit * 3
        for head in heads {
            do throws(Problem) {
                guard ContinuousClock.now < end else { throw .unreachable("it is slow") }
                try await ask(head, &report)
            } catch {
                report.note(error)
                // What does not answer about one ledger does not about the next one.
                if case .unreachable = error { break }
            }
        }
        return report
    }

    private func cosign(_ head: LogHead, _ report: inout WitnessReport) async throws(Problem) {
        let (origin, size) = (head.checkpoint.origin, head.checkpoint.size)
        let known = min(sizes[origin] ?? 0, size)
        var answer = try await add(head, from: known)
        if answer.status == 409 {
            let said = try conflict(answer, after: known)
            guard said <= size else {
                // Somebody may have shown it a newer one than was asked about.
                if let proven = try await compare(origin, &report), proven >= said { return }
                throw .lies("it has \(said) entries of \(origin), and no proof of them")
            }
            answer = try await add(head, from: said)
        }
        guard answer.status == 200 else {
            if answer.status == 422 { _ = try await compare(origin, &report) }
            throw .refuses("it answers \(answer.status) for \(origin)")
        }
        let signature = try cosignature(in: answer, on: head.note)
        sizes[origin] = size
        cosigned[origin] = (head.note.text, signature)
        report.cosigned.append(head.row)
    }

    private func add(_ head: LogHead, from size: Int) async throws(Problem) -> Answer {
        let proof: [TreeHash]
        do {
            proof = try await head.proof(size)
        } catch {
            throw .faultHere("no proof from \(size): \(error)")
        }
        let request = WitnessRequest(oldSize: size, proof: proof, note: head.note)
        return try await ask("/add-checkpoint", request.bytes)
    }

    /// The size that a 409 says.
    private func conflict(_ answer: Answer, after sent: Int) throws(Problem) -> Int {
        let body = String(decoding: answer.body, as: UTF8.self)
        guard answer.contentType == WitnessAnswer.sizeType, body.last == "\n",
            let size = decimal(body.dropLast())
        else { throw .lies("409 without a size") }
        guard size != sent else { throw .lies("409 for the size that it has, \(size)") }
        return size
    }

    /// The witness's own signature on this very text.
    private func cosignature(
        in answer: Answer, on note: SignedNote
    ) throws(Problem) -> SignedNote.Signature {
        guard let parsed = SignedNote(Array((note.text + "\n").utf8) + answer.body),
            parsed.text == note.text
        else {
            throw .lies("200 with something else than signatures")
        }
        let key = witness.key
        switch key.verdict(on: parsed) {
        case .absent: throw .lies("200 without a cosignature of its key")
        case .forged: throw .lies("200 with a cosignature that does not fit")
        case .signed: break
        }
        let own = parsed.signatures.first { $0.name == key.name && $0.keyID == key.id }
        guard let own, let time = Cosignature.time(of: own.bytes), time > 0 else {
            throw .lies("200 with a cosignature without time")
        }
        return own
    }

    /// Looks for a checkpoint that this installation has signed and its database does not have.
    /// Returns the size of the one that the witness keeps; nil if it keeps none.
    private func compare(
        _ origin: String, _ report: inout WitnessReport
    ) async throws(Problem) -> Int? {
        let answer = try await ask("/\(originHash(origin))/checkpoint", nil)
        guard answer.status != 404 else { return nil }
        guard answer.status == 200 else { throw .refuses("it answers \(answer.status)") }
        guard let note = SignedNote(answer.body), let known = try? Checkpoint(note, signedBy: log),
            known.origin == origin
        else { throw .lies("it keeps a checkpoint of \(origin) that was not signed here") }
        // What it knows was served before now, so that what is here now must have it.
        guard let head = try await head(of: origin) else { return known.size }
        let here = head.checkpoint
        if known.size > here.size {
            report.contradictions.append(
                .behind(origin: origin, known: known.size, here: here.size))
            return known.size
        }
        let proof: [TreeHash]
        do {
            proof = try await head.proof(known.size)
        } catch {
            throw .faultHere("no proof from \(known.size): \(error)")
        }
        if !isConsistent(
            older: (known.size, known.root), newer: (here.size, here.root), proof: proof)
        {
            report.contradictions.append(.fork(origin: origin, size: known.size))
        }
        sizes[origin] = known.size
        return known.size
    }

    private func head(of origin: String) async throws(Problem) -> LogHead? {
        do {
            return try await heads().first { $0.checkpoint.origin == origin }
        } catch {
            throw .faultHere("\(error)")
        }
    }

    /// One request, within the time limit: what takes longer is left to itself, and the witness is
    /// asked nothing until it has ended.
    private func ask(_ path: String, _ body: [UInt8]?) async throws(Problem) -> Answer {
        let (answers, box) = AsyncStream<Result<Answer, any Error>>.makeStream()
        unfinished += 1
        let call = Task { [fetch, timeLimit, address = url + path] in
            do {
                box.yield(.success(try await fetch(address, body, timeLimit)))
            } catch {
                box.yield(.failure(error))
            }
            box.finish()
            unfinished -= 1
        }
        let alarm = Task { [timeLimit] in
            try? await Task.sleep(for: timeLimit)
            box.finish()
        }
        defer { alarm.cancel() }
        for await result in answers {
            switch result {
            case .success(let answer): return answer
            case .failure(let error): throw .unreachable("\(error)")
            }
        }
        call.cancel()
        throw .unreachable("no answer within \(timeLimit)")
    }
}
