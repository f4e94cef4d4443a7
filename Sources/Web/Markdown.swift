import CMarkdown
import Domain

/// Markdown as the safe mode of cmark-gfm prints it: raw HTML and script addresses are dropped.
struct Markdown {
    /// One part of a text between two headings of the second level.
    struct Section {
        /// Nil for what stands before the first heading.
        var heading: String?
        var parts: [Part] = []
    }

    enum Part {
        case prose(HTML)
        /// A block quote: the one sentence on which the story turns.
        case turn(HTML)
    }

    /// A picture as the text names it.
    struct Picture {
        /// Within the action's folder: `pictures/march.jpg`.
        var path: String
        /// What it shows, for those who do not see it.
        var shows: String
        /// What stands under it; empty for nothing.
        var caption: String
    }

    /// What a claim's mark is printed as.
    let claim: (String) -> HTML
    /// What a picture is printed as.
    var picture: (Picture) -> HTML = { _ in .none }

    /// Cuts a text at its second-level headings; `{claim:id}` becomes the claim.
    func sections(_ text: String) -> [Section] {
        guard let document = parse(text) else { return [] }
        defer { cmark_node_free(document) }
        var sections = [Section()]
        var node = cmark_node_first_child(document)
        while let current = node {
            node = cmark_node_next(current)
            let type = cmark_node_get_type(current)
            if type == CMARK_NODE_HEADING, cmark_node_get_heading_level(current) == 2 {
                sections.append(Section(heading: plainText(current)))
            } else if type == CMARK_NODE_BLOCK_QUOTE {
                sections[sections.count - 1].parts.append(.turn(children(of: current)))
            } else {
                sections[sections.count - 1].append(prose: render(current))
            }
        }
        return sections.filter { $0.heading != nil || !$0.parts.isEmpty }
    }

    /// The whole text as it comes, for instance a letter.
    func html(_ text: String) -> HTML {
        guard let document = parse(text) else { return .none }
        defer { cmark_node_free(document) }
        return render(document)
    }

    /// The blocks of a text without any markup, for what is printed or sent; a block's own line
    /// breaks are kept.
    func paragraphs(_ text: String) -> [String] {
        guard let document = parse(text) else { return [] }
        defer { cmark_node_free(document) }
        var paragraphs: [String] = []
        var node = cmark_node_first_child(document)
        while let current = node {
            node = cmark_node_next(current)
            paragraphs.append(plainText(current, CMARK_OPT_NOBREAKS))
        }
        return paragraphs.filter { !$0.isEmpty }
    }

    private func parse(_ text: String) -> OpaquePointer? {
        var text = text
        let document = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cmark_parse_document($0.baseAddress, $0.count, CMARK_OPT_DEFAULT)
            }
        }
        if let document {
            expandClaims(in: document)
            expandPictures(in: document)
        }
        return document
    }

    private func nodes(_ type: cmark_node_type, in document: OpaquePointer) -> [OpaquePointer] {
        var nodes: [OpaquePointer] = []
        let iterator = cmark_iter_new(document)
        while case let event = cmark_iter_next(iterator), event != CMARK_EVENT_DONE {
            guard event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator),
                cmark_node_get_type(node) == type
            else { continue }
            nodes.append(node)
        }
        cmark_iter_free(iterator)
        return nodes
    }

    /// A picture stands alone in its paragraph, which it replaces; the import holds authors to it.
    /// Of any other there is left what it shows, as text.
    private func expandPictures(in document: OpaquePointer) {
        // From the last to the first, since a picture may stand in the words of one before it.
        for node in nodes(CMARK_NODE_IMAGE, in: document).reversed() {
            guard !place(node) else { continue }
            let words = cmark_node_new(CMARK_NODE_TEXT)
            cmark_node_set_literal(words, plainText(node))
            if cmark_node_insert_before(node, words) == 0 { cmark_node_free(words) }
            cmark_node_unlink(node)
            cmark_node_free(node)
        }
    }

    /// Puts the picture in the place of its paragraph; false, with nothing done, if it is not alone.
    private func place(_ node: OpaquePointer) -> Bool {
        guard let paragraph = cmark_node_parent(node),
            cmark_node_get_type(paragraph) == CMARK_NODE_PARAGRAPH,
            cmark_node_previous(node) == nil, cmark_node_next(node) == nil,
            let path = cmark_node_get_url(node)
        else { return false }
        let caption = cmark_node_get_title(node).map { String(cString: $0) } ?? ""
        let html = picture(
            Picture(path: String(cString: path), shows: plainText(node), caption: caption))
        let figure = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK)
        cmark_node_set_on_enter(figure, String(decoding: html.bytes, as: UTF8.self))
        guard cmark_node_insert_before(paragraph, figure) != 0 else {
            cmark_node_free(figure)
            return false
        }
        cmark_node_unlink(paragraph)
        cmark_node_free(paragraph)
        return true
    }

    /// Replaces each mark by a node that prints its markup as it is.
    private func expandClaims(in document: OpaquePointer) {
        cmark_consolidate_text_nodes(document)
        for node in nodes(CMARK_NODE_TEXT, in: document) {
            guard let literal = cmark_node_get_literal(node) else { continue }
            let pieces = String(cString: literal).claimPieces
            guard pieces.contains(where: { if case .claim = $0 { true } else { false } }) else {
                continue
            }
            for piece in pieces { cmark_node_insert_before(node, self.node(for: piece)) }
            cmark_node_unlink(node)
            cmark_node_free(node)
        }
    }

    private func node(for piece: ClaimPiece) -> OpaquePointer? {
        switch piece {
        case .text(let text):
            let node = cmark_node_new(CMARK_NODE_TEXT)
            cmark_node_set_literal(node, text)
            return node
        case .claim(let id):
            let node = cmark_node_new(CMARK_NODE_CUSTOM_INLINE)
            cmark_node_set_on_enter(node, String(decoding: claim(id).bytes, as: UTF8.self))
            return node
        }
    }

    private func render(_ node: OpaquePointer) -> HTML {
        guard let rendered = cmark_render_html(node, CMARK_OPT_DEFAULT, nil) else { return .none }
        defer { cmark_get_default_mem_allocator().pointee.free(rendered) }
        return HTML(trusted: Array(String(cString: rendered).utf8))
    }

    /// The inline content of a quote's paragraphs.
    private func children(of quote: OpaquePointer) -> HTML {
        var html = HTML.none
        var paragraph = cmark_node_first_child(quote)
        while let current = paragraph {
            var inline = cmark_node_first_child(current)
            while let node = inline {
                html = html + render(node)
                inline = cmark_node_next(node)
            }
            paragraph = cmark_node_next(current)
        }
        return html
    }

    private func plainText(
        _ node: OpaquePointer, _ options: Int32 = CMARK_OPT_DEFAULT
    ) -> String {
        guard let text = cmark_render_plaintext(node, options, 0) else { return "" }
        defer { cmark_get_default_mem_allocator().pointee.free(text) }
        return String(cString: text).trimmed
    }
}

extension Markdown.Section {
    fileprivate mutating func append(prose: HTML) {
        if case .prose(let before)? = parts.last {
            parts[parts.count - 1] = .prose(before + prose)
        } else {
            parts.append(.prose(prose))
        }
    }
}
