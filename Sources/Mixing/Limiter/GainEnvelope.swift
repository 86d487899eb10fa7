import MediaBase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How far below unity a limiter wants its gain over time: down at once, held, then slowly back.
///
/// It is not what the signal is multiplied by: that is this envelope smoothed over the look-ahead. It counts in depth (1 −
/// gain), which can become small without losing its precision. A plain value, part of a limiter; one step costs a few
/// instructions.
struct GainEnvelope {
  private var depth: Float = 0
  private var held = 0
  private let holdSamples: Int
  private let persistence: Float

  init(_ settings: LimiterSettings) {
    holdSamples = settings.holdSamples
    persistence = Float(exp(-1 / Double(settings.releaseSamples)))
  }

  /// Whether it stands at unity.
  var isAtRest: Bool { depth == 0 }

  /// The depth at the next sample, at least `required`.
  mutating func next(required: Float) -> Float {
    if required >= depth {
      depth = required
      held = holdSamples
    } else if held > 0 {
      held -= 1
    } else {
      depth *= persistence
      // The last thousandth of a decibel would take for ever, and keep the limiter busy.
      if depth < 1e-4 { depth = 0 }
      depth = max(depth, required)
    }
    return depth
  }

  /// Back to unity at once.
  mutating func reset() {
    depth = 0
    held = 0
  }
}
