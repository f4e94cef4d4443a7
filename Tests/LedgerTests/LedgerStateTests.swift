import Crypto
import Domain
import Ledger
import Testing

private let code = [UInt8](repeating: 9, count: 32)
private let otherCode = [UInt8](repeating: 8, count: 32)

private func opened(checksCodes: Bool = true) throws -> LedgerState {
    var state = LedgerState(checksCodes: checksCodes)
    try state.append(entry(.open))
    return state
}

private func entry(_ kind: LedgerEntry.Kind, b: [UInt8] = LedgerEntry.number(0)) -> LedgerEntry {
    LedgerEntry(kind, a: LedgerEntry.number(0), b: b)
}

private let sign = entry(.sign, b: Array(SHA256.hash(data: code)))

private func judged(_ kind: LedgerEntry.Kind, _ index: Int, reason: UInt8 = 1) -> LedgerEntry {
    let judgement = LedgerEntry.Judgement(act: [UInt8](repeating: 1, count: 16), reason: reason)
    return entry(kind, b: judgement.bytes).about(index)
}

private func withdrawn(_ index: Int, code: [UInt8] = code) -> LedgerEntry {
    entry(.withdraw, b: code).about(index)
}

private func removed(_ index: Int) -> LedgerEntry {
    entry(.removedOnRequest, b: LedgerEntry.number(LedgerEntry.byMailedLink)).about(index)
}

@Suite("The number")
struct LedgerStateTests {
    @Test("A signature counts until it is set aside, withdrawn or removed")
    func life() throws {
        var state = try opened()
        for _ in 0..<5 { try state.append(sign) }
        #expect(state.counted == 5)
        try state.append(judged(.setAside, 1))
        try state.append(judged(.setAside, 2, reason: 2))
        #expect(state.counted == 3)
        #expect(state.aside == [1: 1, 2: 1])
        #expect(state.signature(at: 2) == .aside(2))
        try state.append(judged(.readmit, 1))
        #expect(state.counted == 4)
        #expect(state.aside == [2: 1])
        try state.append(withdrawn(2))
        try state.append(withdrawn(3))
        try state.append(removed(4))
        #expect(state.counted == 2)
        #expect(state.aside.isEmpty)
        #expect(state.withdrawn == 2)
        #expect(state.removed == 1)
        #expect(state.size == 12)
        let states = (0...6).map { state.signature(at: $0) }
        #expect(states == [nil, .counted, .withdrawn, .withdrawn, .removed, .counted, nil])
    }

    /// What may be done to a signature after what; all else is refused.
    private static let histories: [(done: [LedgerEntry], allowed: Set<LedgerEntry.Kind>)] = [
        ([], [.setAside, .withdraw, .removedOnRequest]),
        ([judged(.setAside, 1)], [.readmit, .withdraw, .removedOnRequest]),
        (
            [judged(.setAside, 1), judged(.readmit, 1)], [.setAside, .withdraw, .removedOnRequest]
        ),
        ([withdrawn(1)], []),
        ([removed(1)], []),
        ([judged(.setAside, 1), withdrawn(1)], []),
        ([judged(.setAside, 1), removed(1)], []),
    ]

    @Test("Every other transition is refused and changes nothing", arguments: 0..<histories.count)
    func transitions(number: Int) throws {
        let (done, allowed) = Self.histories[number]
        for next in [judged(.setAside, 1), judged(.readmit, 1), withdrawn(1), removed(1)] {
            var state = try opened()
            for entry in [sign] + done { try state.append(entry) }
            let before = state
            if allowed.contains(next.kind) {
                try state.append(next)
                #expect(state.size == before.size + 1)
                continue
            }
            #expect(throws: LedgerState.Violation(index: before.size, reason: .transition)) {
                try state.append(next)
            }
            #expect(state.size == before.size)
            #expect(state.counted == before.counted)
            #expect(state.aside == before.aside)
            #expect(state.signature(at: 1) == before.signature(at: 1))
            #expect((state.withdrawn, state.removed) == (before.withdrawn, before.removed))
        }
    }

    @Test("Only the code takes a signature back", arguments: [code.map { $0 ^ 1 }, otherCode])
    func wrongCode(wrong: [UInt8]) throws {
        var state = try opened()
        try state.append(sign)
        #expect(throws: LedgerState.Violation(index: 2, reason: .code)) {
            try state.append(withdrawn(1, code: wrong))
        }
        #expect(state.counted == 1)
        try state.append(withdrawn(1))
        #expect(state.counted == 0)
    }

    @Test("The code of one signature does not take back another")
    func othersCode() throws {
        var state = try opened()
        try state.append(sign)
        try state.append(entry(.sign, b: Array(SHA256.hash(data: otherCode))))
        #expect(throws: LedgerState.Violation(index: 3, reason: .code)) {
            try state.append(withdrawn(2))
        }
    }

    @Test("Who made the entries need not check the codes")
    func withoutCodes() throws {
        var state = try opened(checksCodes: false)
        try state.append(sign)
        try state.append(withdrawn(1, code: otherCode))
        #expect(state.withdrawn == 1)
    }

    @Test(
        "What is no signature before cannot be judged or taken back",
        arguments: [
            0, 2, 3, 1_000_000, Int.max,
        ])
    func noSuchSignature(index: Int) throws {
        for next in [
            judged(.setAside, index), judged(.readmit, index), withdrawn(index), removed(index),
        ] {
            var state = try opened()
            for entry in [sign, entry(.statement)] { try state.append(entry) }
            #expect(throws: LedgerState.Violation(index: 3, reason: .noSuchSignature)) {
                try state.append(next)
            }
        }
    }

    @Test("An index has zeros before it")
    func badIndex() throws {
        for place in [2, 25] {
            var bytes = withdrawn(1).bytes
            bytes[place] = 1
            var state = try opened()
            try state.append(sign)
            let next = try #require(LedgerEntry(bytes: bytes))
            #expect(throws: LedgerState.Violation(index: 2, reason: .noSuchSignature)) {
                try state.append(next)
            }
        }
        var huge = withdrawn(1).bytes
        huge[26] = 0xff
        #expect(try #require(LedgerEntry(bytes: huge)).index == nil)
    }

    @Test("A judgement has its act and its reason, and zeros else", arguments: [34, 41, 58, 64])
    func badJudgement(place: Int) throws {
        var bytes = judged(.setAside, 1).bytes
        bytes[place] = 1
        var state = try opened()
        try state.append(sign)
        let next = try #require(LedgerEntry(bytes: bytes))
        #expect(throws: LedgerState.Violation(index: 2, reason: .malformed)) {
            try state.append(next)
        }
    }

    @Test("The first entry opens the ledger, and no other", arguments: LedgerEntry.Kind.allCases)
    func first(kind: LedgerEntry.Kind) throws {
        var state = LedgerState(checksCodes: true)
        guard kind != .open else {
            state = try opened()
            #expect(throws: LedgerState.Violation(index: 1, reason: .first)) {
                try state.append(entry(.open))
            }
            return
        }
        #expect(throws: LedgerState.Violation(index: 0, reason: .first)) {
            try state.append(entry(kind))
        }
        #expect(state.size == 0)
    }

    @Test("Paper has a number of its own, and none that cannot be meant")
    func paper() throws {
        var state = try opened()
        try state.append(sign)
        try state.append(entry(.paper, b: LedgerEntry.number(120)))
        try state.append(entry(.paper, b: LedgerEntry.number(3)))
        #expect(state.paper == 123)
        #expect(state.counted == 1)
        for count in [UInt64(UInt32.max) + 1, .max] {
            #expect(throws: LedgerState.Violation(index: 4, reason: .malformed)) {
                try state.append(entry(.paper, b: LedgerEntry.number(count)))
            }
        }
    }

    @Test("A batch on paper is taken back once, as a whole, by its own index")
    func paperTakenBack() throws {
        func takenBack(_ batch: Int) -> LedgerEntry {
            entry(.paper, b: LedgerEntry.Paper.takenBack(batch: batch).bytes)
        }
        var state = try opened()
        try state.append(sign)
        for count: UInt32 in [120, 3] {
            try state.append(entry(.paper, b: LedgerEntry.Paper.counted(count).bytes))
        }
        // No entry, a signature, itself, a later one.
        for batch in [0, 1, 4, 5, .max] where batch > 0 {
            #expect(throws: LedgerState.Violation(index: 4, reason: .batch)) {
                try state.append(takenBack(batch))
            }
        }
        try state.append(takenBack(2))
        #expect((state.paper, state.counted, state.size) == (3, 1, 5))
        #expect(throws: LedgerState.Violation(index: 5, reason: .batch)) {
            try state.append(takenBack(2))
        }
        #expect(throws: LedgerState.Violation(index: 5, reason: .batch)) {
            try state.append(takenBack(4))
        }
        try state.append(takenBack(3))
        #expect(state.paper == 0)
    }

    @Test("What is said of paper has its bytes, and zeros else", arguments: [34, 49, 50, 60])
    func badPaper(place: Int) throws {
        var bytes = entry(.paper, b: LedgerEntry.number(7)).bytes
        bytes[place] = 1
        var state = try opened()
        let next = try #require(LedgerEntry(bytes: bytes))
        #expect(throws: LedgerState.Violation(index: 1, reason: .malformed)) {
            try state.append(next)
        }
    }

    @Test(
        "What only says something changes no number",
        arguments: [LedgerEntry.Kind.keyChange, .close, .audit, .newVersion, .statement])
    func statements(kind: LedgerEntry.Kind) throws {
        var state = try opened()
        try state.append(sign)
        try state.append(entry(kind))
        try state.append(sign)
        #expect(state.counted == 2)
        #expect(state.size == 4)
    }

    @Test("Bytes are an entry only with the right length, mark and type")
    func entries() {
        #expect(LedgerEntry(bytes: sign.bytes) == sign)
        #expect(LedgerEntry(bytes: sign.bytes.dropLast()) == nil)
        #expect(LedgerEntry(bytes: sign.bytes + [0]) == nil)
        for (place, value) in [(0, 0), (0, 2), (1, 12), (1, 255)] as [(Int, UInt8)] {
            var bytes = sign.bytes
            bytes[place] = value
            #expect(LedgerEntry(bytes: bytes) == nil)
        }
    }
}
