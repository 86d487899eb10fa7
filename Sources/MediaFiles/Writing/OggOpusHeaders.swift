import MediaBase

/// The first packet of an Ogg Opus stream, "OpusHead" (RFC 7845, 5.1), for one stream of one or two channels.
///
///      0               1               2               3
///     | 'O'           | 'p'           | 'u'           | 's'           |
///     | 'H'           | 'e'           | 'a'           | 'd'           |
///     | version = 1   | channels      | pre-skip                      |
///     | sample rate of what was encoded                               |
///     | output gain = 0               | family = 0    |
///
/// Numbers are little-endian. A plain value.
public struct OggOpusHead: Sendable, Hashable {
  /// What a player decodes to.
  public var layout: ChannelLayout
  /// Samples at 48 kHz that a player throws away at the beginning: 0 to 65,535.
  public var preSkipSamples: Int
  /// The rate before encoding, for people; 0 where it is not known.
  public var inputSamplesPerSecond: Int

  /// A header with what its sound needs.
  public init(layout: ChannelLayout, preSkipSamples: Int, inputSamplesPerSecond: Int = AudioRate.samplesPerSecond) {
    self.layout = layout
    self.preSkipSamples = preSkipSamples
    self.inputSamplesPerSecond = inputSamplesPerSecond
  }

  var packet: [UInt8] {
    var bytes = Array("OpusHead".utf8) + [1, UInt8(layout.count)]
    bytes.append(littleEndian: UInt16(preSkipSamples))
    bytes.append(littleEndian: UInt32(clamping: inputSamplesPerSecond))
    bytes.append(littleEndian: UInt16(0))
    return bytes + [0]
  }
}

/// The second packet, "OpusTags" (RFC 7845, 5.2): who made the stream, and any number of NAME=value.
///
///     "OpusTags" │ size │ vendor … │ count │ size │ NAME=value … │ size │ …
///
/// Sizes and the count have four bytes, little-endian; texts are UTF-8. A plain value.
struct OggOpusTags {
  /// The encoder, as a library's name and version.
  var vendor: String
  var tags: AudioFileTags

  var packet: [UInt8] {
    let comments = tags.vorbisComments
    var bytes = Array("OpusTags".utf8)
    bytes.append(sized: vendor)
    bytes.append(littleEndian: UInt32(comments.count))
    for (name, value) in comments { bytes.append(sized: "\(name)=\(value)") }
    return bytes
  }
}

extension AudioFileTags {
  /// Names and values as Ogg and FLAC have them; a value ends at its first NUL.
  fileprivate var vorbisComments: [(name: String, value: Substring)] {
    [("TITLE", title), ("ARTIST", artist), ("DATE", date), ("DESCRIPTION", comment), ("ENCODER", encoder)]
      .map { ($0.0, $0.1.prefix { $0 != "\0" }) }
      .filter { !$0.1.isEmpty }
  }
}

extension [UInt8] {
  /// A number, its lowest byte first.
  mutating func append(littleEndian number: some FixedWidthInteger & UnsignedInteger) {
    for byte in 0..<number.bitWidth / 8 { append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
  }

  fileprivate mutating func append(sized text: String) {
    append(littleEndian: UInt32(text.utf8.count))
    append(contentsOf: text.utf8)
  }
}
