import MediaBase

/// Who sources are (RFC 3550, 6.5): chunks of one source each, with items of text.
///
///     | SSRC | kind | length | text … | kind | length | text … | 0, up to the next word | SSRC | …
///
/// A view of the caller's bytes. A fault ends the reading; what came before it holds.
public struct RTCPSourceDescription: ~Escapable {
  private var reader: ByteReader
  private var chunksLeft: Int
  private var source: SSRC?

  @_lifetime(copy body)
  init(_ body: Span<UInt8>, chunkCount: Int) {
    reader = ByteReader(body)
    chunksLeft = chunkCount
  }

  /// The next item of any chunk; `nil` at the end.
  @_lifetime(copy self)
  public mutating func next() -> RTCPSourceItem? {
    while true {
      guard let source = source ?? beginChunk() else { return nil }
      guard let kind = reader.readUInt8() else { break }
      if kind == 0 {
        // RFC 3550, 6.5: the next chunk begins at a word.
        self.source = nil
        guard reader.skip((4 - reader.position % 4) % 4) else { break }
      } else {
        guard let count = reader.readUInt8(), let text = reader.readBytes(Int(count)) else { break }
        return RTCPSourceItem(source: source, kind: kind, text: text)
      }
    }
    chunksLeft = 0
    source = nil
    return nil
  }

  private mutating func beginChunk() -> SSRC? {
    guard chunksLeft > 0, let number = reader.readUInt32() else { return nil }
    chunksLeft -= 1
    source = SSRC(rawValue: number)
    return source
  }
}

/// One item about a source: a view of the caller's bytes.
public struct RTCPSourceItem: ~Escapable {
  /// The kind of the canonical name, the same for all streams of one participant (RFC 3550, 6.5.1).
  public static let cname: UInt8 = 1

  /// Whom it is about.
  public let source: SSRC
  /// 1 is CNAME, 2 NAME, and so on (RFC 3550, 12.2).
  public let kind: UInt8
  /// UTF-8 by the standard, and anything by those who do not hold it; 0 to 255 bytes.
  public let text: Span<UInt8>

  @_lifetime(copy text)
  init(source: SSRC, kind: UInt8, text: Span<UInt8>) {
    self.source = source
    self.kind = kind
    self.text = text
  }
}

/// Sources that leave (RFC 3550, 6.6), and perhaps why: a view of the caller's bytes.
public struct RTCPGoodbye: ~Escapable {
  /// How many leave, 0 to 31.
  public let sourceCount: Int
  /// Why, in words; empty where nothing is said.
  public let reason: Span<UInt8>
  private let sources: Span<UInt8>

  @_lifetime(copy body)
  init?(_ body: Span<UInt8>, sourceCount: Int) {
    var reader = ByteReader(body)
    guard let sources = reader.readBytes(4 * sourceCount) else { return nil }
    // A reason that does not fit is none: that they leave is what counts.
    let count = Int(reader.readUInt8() ?? 0)
    if let text = reader.readBytes(count) { reason = text } else { reason = body.extracting(0..<0) }
    self.sources = sources
    self.sourceCount = sourceCount
  }

  /// One of those who leave, 0 ..< `sourceCount`.
  public func source(_ index: Int) -> SSRC {
    precondition(index >= 0 && index < sourceCount, "a goodbye of \(sourceCount) sources has no source \(index)")
    var reader = ByteReader(sources.extracting(4 * index..<4 * index + 4))
    return SSRC(rawValue: reader.readUInt32() ?? 0)
  }

  /// Whether that source leaves.
  public func names(_ source: SSRC) -> Bool {
    for index in 0..<sourceCount where self.source(index) == source { return true }
    return false
  }
}
