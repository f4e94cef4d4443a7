import CMarkdown
import Domain

/// Markdown as plain paragraphs, for print: what is emphasised is plain, of a link there are its
/// words, pictures are left out.
enum PlainMarkdown {
    struct Section {
        /// Nil for what stands before the first heading.
        var heading: String?
        var paragraphs: [String] = []
    }

    /// Cuts a text at its headings, of whatever level.
    static func sections(_ text: String) -> [Section] {
        var text = text
        let document = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cmark_parse_document($0.baseAddress, $0.count, CMARK_OPT_DEFAULT)
            }
        }
        guard let document else { return [] }
        defer { cmark_node_free(document) }
        var sections = [Section()]
        for node in children(of: document) {
            if cmark_node_get_type(node) == CMARK_NODE_HEADING {
                sections.append(Section(heading: plain(node)))
            } else {
                sections[sections.count - 1].paragraphs += paragraphs(of: node)
            }
        }
        return sections.filter { $0.heading != nil || !$0.paragraphs.isEmpty }
    }

    /// The whole text without its headings.
    static func paragraphs(_ text: String) -> [String] {
        sections(text).flatMap(\.paragraphs)
    }

    private static func paragraphs(of node: OpaquePointer) -> [String] {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_LIST:
            let isOrdered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
            let first = Int(cmark_node_get_list_start(node))
            return children(of: node).enumerated().flatMap { index, item in
                var lines = children(of: item).flatMap(paragraphs)
                guard !lines.isEmpty else { return lines }
                lines[0] = (isOrdered ? "\(first + index). " : "– ") + lines[0]
                return lines
            }
        case CMARK_NODE_BLOCK_QUOTE: return children(of: node).flatMap(paragraphs)
        case CMARK_NODE_PARAGRAPH, CMARK_NODE_CODE_BLOCK:
            let parts = children(of: node)
            let shown = parts.filter { cmark_node_get_type($0) == CMARK_NODE_IMAGE }
            guard parts.isEmpty || shown.count < parts.count else { return [] }
            let text = plain(node)
            return text.isEmpty ? [] : [text]
        default: return []
        }
    }

    private static func children(of node: OpaquePointer) -> [OpaquePointer] {
        var children: [OpaquePointer] = []
        var next = cmark_node_first_child(node)
        while let child = next {
            children.append(child)
            next = cmark_node_next(child)
        }
        return children
    }

    private static func plain(_ node: OpaquePointer) -> String {
        guard let text = cmark_render_plaintext(node, CMARK_OPT_NOBREAKS, 0) else { return "" }
        defer { cmark_get_default_mem_allocator().pointee.free(text) }
        return String(cString: text).trimmed
    }
}
