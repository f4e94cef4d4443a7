import CPictures
import Foundation

/// A picture that says nothing but what is seen on it.
package struct Picture: Hashable, Sendable {
    package enum Kind: String, Sendable { case jpeg, png }

    package enum Problem: Error, Hashable, Sendable {
        /// Neither a JPEG nor a PNG, or damaged.
        case unreadable
        /// More pixels than are decoded here: what unpacks to gigabytes is no picture.
        case tooManyPixels
    }

    package let kind: Kind
    package let bytes: [UInt8]
    /// In pixels.
    package let width: Int
    package let height: Int

    /// The longest side that is kept.
    static let mostPixels = 1_200
    private static let mostDecoded = 50_000_000

    /// Decodes and encodes anew, turned upright, at most 1,200 pixels long: place, time, camera,
    /// thumbnail and comments of the file are gone. What holds only a picture already stays
    /// as it is, byte for byte, so that a picture given back and read again is the same.
    package init(cleaning bytes: [UInt8]) throws(Problem) {
        guard let kind = Kind(of: bytes) else { throw .unreadable }
        let decoded = try Pixels(bytes, atMost: Self.mostDecoded)
        let longest = max(decoded.width, decoded.height)
        let isClean = kind == .jpeg ? isPlainJPEG(bytes) : isPlainPNG(bytes)
        if isClean, longest <= Self.mostPixels {
            self.init(kind: kind, bytes: bytes, width: decoded.width, height: decoded.height)
            return
        }
        let pixels = try decoded.upright().scaled(toLongest: Self.mostPixels)
        self.init(
            kind: kind, bytes: try pixels.encoded(as: kind), width: pixels.width,
            height: pixels.height)
    }

    private init(kind: Kind, bytes: [UInt8], width: Int, height: Int) {
        self.kind = kind
        self.bytes = bytes
        self.width = width
        self.height = height
    }
}

extension Picture.Kind {
    init?(of bytes: [UInt8]) {
        if bytes.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if bytes.starts(with: pngSignature) {
            self = .png
        } else {
            return nil
        }
    }
}

/// Decoded pixels, owned.
private struct Pixels: ~Copyable {
    private let pixbuf: OpaquePointer

    private init(taking pixbuf: OpaquePointer) { self.pixbuf = pixbuf }

    init(_ bytes: [UInt8], atMost most: Int) throws(Picture.Problem) {
        guard let size = dimensions(of: bytes) else { throw .unreadable }
        guard size.width * size.height <= most else { throw .tooManyPixels }
        guard let loader = gdk_pixbuf_loader_new() else { throw .unreadable }
        defer { g_object_unref(UnsafeMutableRawPointer(loader)) }
        let isWhole =
            gdk_pixbuf_loader_write(loader, bytes, gsize(bytes.count), nil) != 0
            && gdk_pixbuf_loader_close(loader, nil) != 0
        guard isWhole, let pixbuf = gdk_pixbuf_loader_get_pixbuf(loader) else {
            if !isWhole { gdk_pixbuf_loader_close(loader, nil) }
            throw .unreadable
        }
        g_object_ref(UnsafeMutableRawPointer(pixbuf))
        self.pixbuf = pixbuf
    }

    deinit { g_object_unref(UnsafeMutableRawPointer(pixbuf)) }

    var width: Int { Int(gdk_pixbuf_get_width(pixbuf)) }
    var height: Int { Int(gdk_pixbuf_get_height(pixbuf)) }

    /// Turned as the file said it is to be seen, since that note is dropped with the others.
    func upright() throws(Picture.Problem) -> Pixels {
        guard let turned = gdk_pixbuf_apply_embedded_orientation(pixbuf) else { throw .unreadable }
        return Pixels(taking: turned)
    }

    func scaled(toLongest most: Int) throws(Picture.Problem) -> Pixels {
        let longest = max(width, height)
        let size =
            longest <= most ? (width, height) : (width * most / longest, height * most / longest)
        let scaled = gdk_pixbuf_scale_simple(
            pixbuf, Int32(max(1, size.0)), Int32(max(1, size.1)), GDK_INTERP_BILINEAR)
        guard let scaled else { throw .unreadable }
        return Pixels(taking: scaled)
    }

    func encoded(as kind: Picture.Kind) throws(Picture.Problem) -> [UInt8] {
        var buffer: UnsafeMutablePointer<gchar>?
        var count: gsize = 0
        let options = kind == .jpeg ? [("quality", "78")] : []
        var keys: [UnsafeMutablePointer<CChar>?] = options.map { strdup($0.0) } + [nil]
        var values: [UnsafeMutablePointer<CChar>?] = options.map { strdup($0.1) } + [nil]
        defer { for text in keys + values { free(text) } }
        let done = gdk_pixbuf_save_to_bufferv(
            pixbuf, &buffer, &count, kind.rawValue, &keys, &values, nil)
        guard done != 0, let buffer else { throw .unreadable }
        defer { g_free(buffer) }
        return UnsafeRawBufferPointer(start: buffer, count: Int(count)).map { $0 }
    }
}
