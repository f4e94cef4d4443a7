import CCairo
import Synchronization

/// Why something was not printed.
package enum PressProblem: Error, Hashable, Sendable {
    /// Words that no font of this machine can print, each once, at most 100, in order.
    case missingGlyphs([String])
    /// The text does not fit into its place even in the smallest print; by so many lines.
    case tooLong(by: Int)
    /// No memory for it, or its file cannot be written.
    case noMemory
}

/// Fonts are found and opened by one thread at a time.
let press = Mutex(())

/// The fonts of this machine, opened once for all threads; only to be used by who holds `press`.
let machineFonts = MachineFonts()

struct MachineFonts: @unchecked Sendable {
    let map = pango_cairo_font_map_new()
}
