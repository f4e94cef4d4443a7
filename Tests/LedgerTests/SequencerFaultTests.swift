import Domain
import Foundation
import Ledger
import Storage
import Synchronization
import Testing

/// Every call that the sequencer and the publisher make fails once or twice, before it has done
/// anything or after it has done it all; then the process is started again.
@Suite("Whatever fails, no checkpoint is ever contradicted")
struct SequencerFaultTests {
    @Test("and after a restart all is there, once", arguments: Fault.Kind.allCases)
    func table(kind: Fault.Kind) async throws {
        let template = try await LedgerWorld(files: FragileDisk())
        let early = try await template.sign(5, flags: .honeypot) + template.sign(290)
        let backup = try await template.backup()
        var index = 0
        while true {
            let disk = FragileDisk()
            let world = try LedgerWorld(restoring: backup, of: template, files: disk)
            let story = Story(world, disk, Fault(kind, at: index))
            try await story.run(early)
            // Once nothing fails any more, every call has had its turn.
            guard story.fault.hasFailed else { break }
            index += 1
        }
        #expect(index > 15, "there are more steps than that")
    }
}

/// One call that fails, of all that are made.
final class Fault: Sendable {
    enum Kind: CaseIterable, Sendable {
        /// The process goes on after the failure, and is started again at the end.
        case before, after, twiceBefore, twiceAfter
        /// The process ends there, and names that were not settled are lost with the power.
        case crashBefore, crashAfter

        var isCrash: Bool { self == .crashBefore || self == .crashAfter }
        var isAfter: Bool { self == .after || self == .twiceAfter || self == .crashAfter }
        var isTwice: Bool { self == .twiceBefore || self == .twiceAfter }
    }

    struct Failure: Error {}

    let kind: Kind
    private let state: Mutex<(callsLeft: Int, step: String?, failures: Int, isOver: Bool)>

    init(_ kind: Kind, at index: Int) {
        self.kind = kind
        state = Mutex((index, nil, 0, false))
    }

    var hasFailed: Bool { state.withLock { $0.failures > 0 } }

    /// From now on everything works.
    func end() { state.withLock { $0.isOver = true } }

    /// Whether this call fails.
    func strikes(_ step: String) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            if let first = state.step {
                // After a crash nothing of this process is done any more.
                guard kind.isCrash || (kind.isTwice && step == first && state.failures < 2) else {
                    return false
                }
                state.failures += 1
                return true
            }
            // A read does nothing: it fails before or after alike, and its second turn is any other.
            guard !step.hasPrefix("read") || !(kind.isAfter || kind.isTwice) else { return false }
            guard state.callsLeft == 0 else {
                state.callsLeft -= 1
                return false
            }
            (state.step, state.failures) = (step, 1)
            return true
        }
    }

    /// Does it first, if this is a failure after the deed; but what comes behind a crash is not
    /// done at all.
    var doesIt: Bool { state.withLock { kind.isAfter && (!kind.isCrash || $0.failures == 1) } }
}

struct FaultyStore: Store {
    let store: any Store
    let fault: Fault

    func read<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T {
        guard fault.strikes("read") else { return try await store.read(body) }
        if fault.doesIt { _ = try await store.read(body) }
        throw Fault.Failure()
    }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T {
        guard fault.strikes("write") else { return try await store.write(body) }
        if fault.doesIt { _ = try await store.write(body) }
        throw Fault.Failure()
    }
}

/// Files that fail, and that keep every checkpoint that anybody could have read.
final class FaultyFiles: LedgerFiles {
    private let files: any LedgerFiles
    private let fault: Fault
    private let readable = Mutex<[Checkpoint]>([])

    init(_ files: any LedgerFiles, _ fault: Fault) {
        self.files = files
        self.fault = fault
    }

    /// In the order in which they could be read.
    var checkpoints: [Checkpoint] { readable.withLock { $0 } }

    private func call<T>(_ step: String, _ body: () throws -> T) throws -> T {
        guard fault.strikes(step) else { return try body() }
        if fault.doesIt { _ = try body() }
        throw Fault.Failure()
    }

    func read(_ name: String) throws -> [UInt8]? {
        try call("read \(name)") { try files.read(name) }
    }

    func byteCount(_ name: String) -> Int? { files.byteCount(name) }

    func write(_ bytes: [UInt8], as name: String) throws {
        try call("write \(name)") {
            try files.write(bytes, as: name)
            guard name.hasSuffix("/checkpoint"), let note = SignedNote(bytes),
                let checkpoint = Checkpoint(text: note.text)
            else { return }
            readable.withLock { $0.append(checkpoint) }
            for tile in Tile.new(in: checkpoint.size) {
                let there = files.byteCount("a0/\(tile.path)")
                #expect(there == tile.byteCount, "\(tile.path) at \(checkpoint.size)")
            }
        }
    }

    func settle() throws { try call("settle") { try files.settle() } }

    func remove(_ folder: String) throws { try call("remove") { try files.remove(folder) } }
}

/// A day in the life of a ledger, with one fault in it.
private struct Story {
    let world: LedgerWorld
    let disk: FragileDisk
    let fault: Fault
    let files: FaultyFiles

    init(_ world: LedgerWorld, _ disk: FragileDisk, _ fault: Fault) {
        self.world = world
        self.disk = disk
        self.fault = fault
        files = FaultyFiles(disk, fault)
    }

    func run(_ early: [LedgerWorld.Signer]) async throws {
        try await goOn(
            world.server(store: FaultyStore(store: world.store, fault: fault), files: files))
        let late = try await world.sign(7)
        try await world.withdraw(early[10])
        try await world.remove(early[11])
        try await world.judge(.setAside, .honeypot)
        try await goOn(
            world.server(store: FaultyStore(store: world.store, fault: fault), files: files))
        fault.end()
        if fault.kind.isCrash {
            // Of the names that were not settled just the worst one is left.
            disk.losePower(keeping: ["a0/checkpoint"])
            if try disk.read("a0/checkpoint") != nil {
                #expect(try PublishedLedger(disk).problems == [])
            }
        }
        let server = world.server(files: files)
        try await server.service.start()
        try await server.drain()
        let ledger = try await world.check(server, number: early.count + late.count - 7)
        #expect(Set(ledger.entries).count == ledger.entries.count)
        let signed = ledger.entries.filter { $0.kind == .sign }
        #expect(Set(signed) == Set((early + late).map(\.entry)))
        #expect(try await world.queueLength() == 0)
        var size = 0
        for checkpoint in files.checkpoints {
            #expect(checkpoint.size >= size, "never shorter")
            #expect(ledger.goesOn(from: checkpoint), "never another history")
            size = checkpoint.size
        }
    }

    /// A process that tries again after a second, as often as it may.
    private func goOn(_ server: LedgerServer) async throws {
        do {
            try await server.service.start()
        } catch is Fault.Failure {
            return
        }
        for _ in 0..<4 {
            do {
                try await server.service.sequence()
            } catch is Fault.Failure {
                if fault.kind.isCrash { return }
            }
        }
    }
}
