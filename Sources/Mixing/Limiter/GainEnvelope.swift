import MediaBase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How far below unity a limiter wants its gain over time: down at once, then back as quickly as the room allows.
///
/// A single peak is forgotten within 150 ms. Where peak follows peak, a slow memory of how loud the room has been keeps the
/// gain from coming all the way back between two words, which would be heard as pumping. It counts in depth (1 − gain),
/// which can become small without losing its precision. What the signal is multiplied by is this envelope, smoothed over
/// the glide. A plain value, part of a limiter; a sample costs about fifteen instructions.
struct GainEnvelope {
  private var depth: Float = 0
  /// The room's usual depth of late.
  private var usual: Float = 0

  /// What the way to a target shrinks to with each sample.
  private static let release = perSample(milliseconds: 150)
  private static let learning = perSample(milliseconds: 150)
  private static let forgetting = perSample(milliseconds: 1500)
  private let release = Self.release
  private let learning = Self.learning
  private let forgetting = Self.forgetting

  private static func perSample(milliseconds: Double) -> Float {
    Float(exp(-1 / (milliseconds / 1000 * Double(AudioRate.samplesPerSecond))))
  }

  /// Writes the depth at each sample, at least what is required there; returns for how many samples up to the last one it
  /// has been at unity, at most as many as there are.
  mutating func follow(_ required: Span<Float>, into depths: inout MutableSpan<Float>) -> Int {
    precondition(required.count == depths.count, "a depth for each sample")
    var (depth, usual) = (self.depth, self.usual)
    let (release, learning, forgetting) = (self.release, self.learning, self.forgetting)
    var lastBusy = -1
    for index in 0..<required.count {
      let required = required[unchecked: index]
      // Learning is quicker than forgetting: upwards it gives the greater of the two, downwards the lesser.
      let learnt = usual * learning + required * (1 - learning)
      let forgotten = usual * forgetting + required * (1 - forgetting)
      usual = learnt > forgotten ? learnt : forgotten
      // A hundredth of a decibel is no memory worth keeping.
      if usual < 0.001 && required == 0 { usual = 0 }
      let target = usual > required ? usual : required
      let released = depth * release + target * (1 - release)
      // It falls only; what is required is all that raises it.
      depth = released < depth ? released : depth
      // The last thousandth of a decibel would take for ever, and keep the limiter busy.
      if depth < 1e-4 { depth = 0 }
      depth = depth > required ? depth : required
      depths[unchecked: index] = depth
      if depth != 0 { lastBusy = index }
    }
    (self.depth, self.usual) = (depth, usual)
    return required.count - 1 - lastBusy
  }

  /// Back to unity at once.
  mutating func reset() {
    depth = 0
    usual = 0
  }
}

extension GainEnvelope {
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&depth)
    coder.code(&usual)
  }
}
