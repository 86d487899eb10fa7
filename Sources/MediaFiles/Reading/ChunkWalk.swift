/// Finds out how much audio a chunked file (RIFF, RIFX, RF64, AIFF, AIFF-C) declares, so that one that was cut off can be
/// told from a whole one: libsndfile clamps the size without a word.
///
///     "RIFF" size "WAVE" │ "fmt " size … │ "LIST" size … │ "data" size … samples
///     "FORM" size "AIFF" │ "COMM" size … │ "SSND" size … samples          (sizes big-endian)
///
/// Pure: it asks for bytes (`request`), is given them (`take`), and ends with `result`. It reads at most `longestWalk`
/// chunks, of each at most 36 bytes; every size is checked before it is used, and a chunk may claim what it likes.
package struct ChunkWalk {
  /// What the header declares.
  package enum Declaration: Equatable {
    /// So many bytes of samples from `offset`, of which `frameSize` make a frame (or a block, where compressed).
    case bytes(UInt64, from: UInt64, frameSize: Int)
    /// So many frames (AIFF says it in so many words).
    case frames(UInt64)
    /// Samples to the end of the file, though both sizes say that there are none: the recorder died before it filled them
    /// in. The size of the samples lies at `sizeOffset`.
    case neverClosed(sizeOffset: UInt64)
  }

  /// The bytes that it wants next; at the end of the file it may be given fewer.
  package private(set) var request: (offset: UInt64, count: Int)? = (0, 12)
  /// What was found, once `request` is `nil`; `nil` if it is no such file, has no samples, or leaves their size open.
  package private(set) var result: Declaration?

  /// More chunks than any recorder writes before the samples.
  package static let longestWalk = 1000
  private static let headerSize = 36

  private enum Family { case riff, riffBigEndian, rf64, aiff }
  private var family: Family?
  private var chunksLeft = longestWalk
  private var frameSize = 0
  private var dataSize64: UInt64?
  private var fileSize: UInt64 = 0

  package init() {}

  /// Takes the bytes that were asked for and moves on.
  package mutating func take(_ bytes: Span<UInt8>) {
    guard let asked = request else { return }
    request = nil
    guard let family else { return takeMagic(bytes) }
    guard bytes.count >= 8, chunksLeft > 0 else { return }
    chunksLeft -= 1
    let size = number(at: 4, bytes: 4, in: bytes)
    let body = bytes.extracting(8..<bytes.count)
    switch family {
    case .aiff where has("COMM", in: bytes):
      if body.count >= 6 { result = .frames(number(at: 2, bytes: 4, in: body)) }
      return
    case .riff, .riffBigEndian, .rf64:
      if has("data", in: bytes) { return takeData(size: size, from: asked.offset + 8) }
      if has("fmt ", in: bytes), body.count >= 14 { frameSize = Int(number(at: 12, bytes: 2, in: body)) }
      if has("ds64", in: bytes), body.count >= 16 { dataSize64 = number(at: 8, bytes: 8, in: body) }
    case .aiff: break
    }
    // A chunk of odd size is followed by a byte of padding.
    request = (asked.offset + 8 + size + size % 2, Self.headerSize)
  }

  private mutating func takeMagic(_ bytes: Span<UInt8>) {
    guard bytes.count >= 12 else { return }
    let isWave = ForeignContent.has("WAVE", at: 8, in: bytes)
    if isWave, has("RIFF", in: bytes) {
      family = .riff
    } else if isWave, has("RIFX", in: bytes) {
      family = .riffBigEndian
    } else if isWave, has("RF64", in: bytes) {
      family = .rf64
    } else if has("FORM", in: bytes), ForeignContent.has("AIF", at: 8, in: bytes) {
      family = .aiff
    } else {
      return
    }
    fileSize = 8 + number(at: 4, bytes: 4, in: bytes)
    request = (12, Self.headerSize)
  }

  private mutating func takeData(size: UInt64, from offset: UInt64) {
    guard frameSize > 0 else { return }
    if family == .rf64, size == 0xFFFF_FFFF, let long = dataSize64, long > 0, long <= UInt64(Int64.max) {
      result = .bytes(long, from: offset, frameSize: frameSize)
    } else if size == 0, fileSize <= offset {
      result = .neverClosed(sizeOffset: offset - 4)
    } else if !Self.isLeftOpen(size) {
      result = .bytes(size, from: offset, frameSize: frameSize)
    }
  }

  /// Sizes that programs write when they cannot go back to correct them: none, the largest, or the largest that they
  /// thought safe (sox: 0x7FFFF000 and what fits a frame below, arecord: about 2³¹).
  private static func isLeftOpen(_ size: UInt64) -> Bool {
    size == 0 || size >= 0xFFFF_F000 || (0x7FFF_E000...0x8000_0100).contains(size)
  }

  private func has(_ name: StaticString, in bytes: Span<UInt8>) -> Bool {
    ForeignContent.has(name, at: 0, in: bytes)
  }

  private func number(at offset: Int, bytes count: Int, in bytes: Span<UInt8>) -> UInt64 {
    let isBigEndian = family == .aiff || family == .riffBigEndian
    var value: UInt64 = 0
    for index in 0..<count {
      let shift = 8 * (isBigEndian ? count - 1 - index : index)
      value |= UInt64(bytes[offset + index]) << UInt64(shift)
    }
    return value
  }
}

extension ChunkWalk {
  /// Walks a file.
  static func declaration(of file: InputFile) -> Declaration? {
    var walk = ChunkWalk()
    while let request = walk.request {
      guard let offset = Int64(exactly: request.offset) else { return nil }
      walk.take(file.bytes(at: offset, count: request.count).span)
    }
    return walk.result
  }
}
