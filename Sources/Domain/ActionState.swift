/// Where an action stands.
///
/// ```
/// draft -> open <-> paused -> won | closed -> delivered        stopped: from any state
/// ```
package enum ActionState: String, Codable, Sendable, CaseIterable {
    case draft, open, paused, won, closed, delivered, stopped

    /// Whether a command may move an action from this state to `next`.
    ///
    /// `stopped` is left only by a second person at the desk, so by no command here.
    package func mayBecome(_ next: ActionState) -> Bool {
        switch (self, next) {
        case (.draft, .open), (.open, .paused), (.paused, .open): true
        case (.open, .won), (.paused, .won), (.open, .closed), (.paused, .closed): true
        case (.won, .delivered), (.closed, .delivered): true
        case (.stopped, _): false
        case (_, .stopped): true
        default: false
        }
    }

    /// Whether the public may see the action at its address.
    package var isPublic: Bool { self != .draft }

    /// Whether the action has ended, so that the clock of its retention runs.
    package var isOver: Bool {
        switch self {
        case .won, .closed, .delivered, .stopped: true
        case .draft, .open, .paused: false
        }
    }

    /// Whether new names are taken.
    package var takesNames: Bool { self == .open }

    /// Whether a confirmation is still taken: always while open, for 24 hours after the action
    /// left that state, never once stopped.
    package func takesConfirmation(secondsSinceChange: Double) -> Bool {
        switch self {
        case .open: true
        case .paused, .won, .closed, .delivered: secondsSinceChange <= 86_400
        case .draft, .stopped: false
        }
    }

    /// Whether a name may be taken back by mailed link: later the key that finds it is gone.
    package var takesRemovalByMail: Bool { self == .open || self == .paused }
}
