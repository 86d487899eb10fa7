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
/// the glide. A plain value, part of a limiter; one step costs a few instructions.
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

  /// Whether it stands at unity.
  var isAtRest: Bool { depth == 0 }

  /// The depth at the next sample, at least `required`.
  mutating func next(required: Float) -> Float {
    usual = required + (usual - required) * (required > usual ? learning : forgetting)
    // A hundredth of a decibel is no memory worth keeping.
    if usual < 0.001 { usual = required > 0 ? usual : 0 }
    if required >= depth {
      depth = required
    } else {
      let target = max(required, usual)
      if target < depth { depth = target + (depth - target) * release }
      // The last thousandth of a decibel would take for ever, and keep the limiter busy.
      if depth < 1e-4 { depth = required }
    }
    return depth
  }

  /// Back to unity at once.
  mutating func reset() {
    depth = 0
    usual = 0
  }
}
