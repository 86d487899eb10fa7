import MediaBase

/// Decoded frames that could not go straight to the caller: those behind a gap, and those whose channels must be spread.
///
/// Part of one `OggOpusReader`. Holds one packet, of at most 120 ms; takes its memory when it is first needed, which for most
/// files is never.
struct KeptFrames: ~Copyable {
  private let channels: Int
  private var samples = SampleBuffer(count: 0)
  private var start = 0
  private var end = 0

  /// The longest packet in frames: 120 ms.
  private static let capacity = 5760

  init(channels: Int) {
    self.channels = channels
  }

  var isEmpty: Bool { start >= end }

  /// Keeps `count` of the caller's frames.
  mutating func keep(_ count: Int, of source: borrowing MutableSpan<Float>, from frame: Int) {
    prepare()
    start = 0
    end = min(count, Self.capacity)
    let (end, channels) = (end, channels)
    var kept = samples.mutableSpan
    for index in 0..<end * channels { kept[index] = source[frame * channels + index] }
  }

  /// Decodes a packet into here, leaving it as narrow as its link; `widen` must follow.
  mutating func decode(with decoder: OggOpusDecoder) -> OggOpusDecoder.Outcome {
    prepare()
    var kept = samples.mutableSpan
    return decoder.decode(into: &kept, from: 0)
  }

  /// Spreads the `count` frames that lie here from `narrow` channels to all: mono to each, others to the first. Returns how
  /// many samples were repaired.
  mutating func widen(_ count: Int, from narrow: Int) -> Int {
    start = 0
    end = min(count, Self.capacity)
    let (end, width) = (end, channels)
    var kept = samples.mutableSpan
    // Backwards, so that nothing is overwritten before it is read.
    for frame in stride(from: end - 1, through: 0, by: -1) where narrow < width {
      for channel in stride(from: width - 1, through: 0, by: -1) {
        let source = narrow == 1 ? kept[frame] : channel < narrow ? kept[frame * narrow + channel] : 0
        kept[frame * width + channel] = source
      }
    }
    return SampleRepair.repair(&kept, in: 0..<end * width)
  }

  /// Moves up to `wanted` frames to the caller; returns how many.
  mutating func take(_ wanted: Int, into destination: inout MutableSpan<Float>, at frame: Int) -> Int {
    let count = min(wanted, end - start)
    let (first, channels) = (start * channels, channels)
    start += count
    let kept = samples.span
    for index in 0..<count * channels { destination[frame * channels + index] = kept[first + index] }
    return count
  }

  private mutating func prepare() {
    if samples.count == 0 { samples = SampleBuffer(count: Self.capacity * channels) }
  }
}
