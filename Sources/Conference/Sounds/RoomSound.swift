import MediaBase
import Mixing

/// A sound that rooms can play: 16-bit samples at 48 kHz, decoded beforehand.
///
/// Never changed once it is made, so that any number of rooms and threads may read it. Whoever gives it to a room keeps it
/// until the room says that it has ended: so its memory is never freed on a media thread. Two bytes a sample.
public final class RoomSound: Sendable {
  /// Interleaved where it is stereo.
  private let samples: [Int16]
  /// Its channels.
  public let layout: ChannelLayout
  /// How long it is, in samples per channel.
  public let frames: Int

  /// Whole frames of that layout at 48 kHz.
  public init(_ samples: [Int16], layout: ChannelLayout) {
    self.samples = samples
    self.layout = layout
    frames = samples.count / layout.count
  }

  /// Notes made by code.
  public convenience init(_ tones: ToneSequence) {
    let rendered = tones.render()
    var samples = [Int16](repeating: 0, count: rendered.count)
    var span = samples.mutableSpan
    MixKernels().convert(rendered.span, to: &span)
    self.init(samples, layout: .mono)
  }

  /// All samples, interleaved where it is stereo: for a recording of the room.
  public func withSamples<Failure: Error>(_ body: (Span<Int16>) throws(Failure) -> Void) throws(Failure) {
    let samples = samples
    try body(samples.span)
  }

  /// What it takes in memory.
  public var bytes: Int { samples.count * MemoryLayout<Int16>.stride }

  /// Fills a buffer, interleaved as the sound is, from a frame on; silence follows where it ends, or where it `loops` its
  /// beginning. Returns the frame to go on from: `frames` or more at the end.
  func fill(_ out: inout MutableSpan<Float>, from position: Int, loops: Bool, kernels: MixKernels) -> Int {
    let channels = layout.count
    // Held for the call, so that a span of it may be.
    let samples = samples
    var (position, done) = (position, 0)
    while done < out.count {
      if position >= frames {
        guard loops, frames > 0 else { break }
        position = 0
      }
      let count = min(out.count - done, (frames - position) * channels)
      var piece = out._mutatingExtracting(done..<done + count)
      kernels.convert(samples.span.extracting(position * channels..<position * channels + count), to: &piece)
      position += count / channels
      done += count
    }
    var rest = out._mutatingExtracting(done..<out.count)
    rest.update(repeating: 0)
    return position + rest.count / channels
  }
}

/// A sound is itself, and no other of the same samples.
extension RoomSound: Hashable {
  /// Whether both are one.
  public static func == (left: RoomSound, right: RoomSound) -> Bool { left === right }
  /// By what it is.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
