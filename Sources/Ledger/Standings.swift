package import Domain
import Synchronization

/// What is public of an action's ledger now.
package struct Standing: Hashable, Sendable {
    package let origin: String
    /// How many entries it has.
    package let size: Int
    package let root: TreeHash
    /// When its checkpoint was signed, seconds since 1970.
    package let asOf: Double
    /// The signatures that are counted: the public number.
    package let number: Int
    /// Taken back, by code or by a mailed link.
    package let withdrawn: Int
    package let removed: Int
    /// Set aside by the organisation, by reason.
    package let aside: [UInt8: Int]
    /// Signatures on paper, which are not in the number.
    package let paper: Int
    /// The witnesses that have seen this checkpoint and no other.
    package var cosigned: [String] = []
    /// What the ledger says of deliveries.
    package var deliveries = DeliveryRecord()
}

/// The public numbers, for whoever prints them; only the publisher changes them.
package final class Standings: Sendable {
    private let standings = Mutex<[ActionID: Standing]>([:])
    private let frozen = Mutex<Set<ActionID>>([])
    private let halted = Mutex<Set<ActionID>>([])

    package init() {}

    /// Nil until the action has its first checkpoint.
    package func standing(of action: ActionID) -> Standing? {
        standings.withLock { $0[action] }
    }

    package func number(of action: ActionID) -> Int { standing(of: action)?.number ?? 0 }

    /// Whether its key is lost: nothing comes into it any more.
    package func isFrozen(_ action: ActionID) -> Bool { frozen.withLock { $0.contains(action) } }

    /// Whether it stands still until the next start, for a reason that is in the log.
    package func isHalted(_ action: ActionID) -> Bool { halted.withLock { $0.contains(action) } }

    func halt(_ actions: Set<ActionID>) { halted.withLock { $0 = actions } }

    func freeze(_ actions: Set<ActionID>) { frozen.withLock { $0 = actions } }

    func publish(_ standing: Standing, of action: ActionID) {
        standings.withLock { $0[action] = standing }
    }
}
