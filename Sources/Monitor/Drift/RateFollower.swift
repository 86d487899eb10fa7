/// Finds how much faster than its nominal rate a buffer is to be emptied, so that it keeps its depth: a phase-locked loop of
/// second order over the depth's error.
///
/// ```
/// error (frames) ─ mean over 1 s ─┬─ × proportional ─┬─ correction, ±1,000 millionths
///                                 └─ ∑ × integral ───┘
/// ```
/// The integral learns what the two clocks differ by; with a critical damping and a corner of 0.1 rad/s, a difference of 500
/// millionths that begins at once moves the depth by 2 ms and is learnt in half a minute. Owned by a `DriftBuffer`; a value.
struct RateFollower {
  /// The error's running mean, in frames; above 0 where the buffer is too deep.
  private(set) var smoothedError = 0.0
  /// Input frames to take beyond one for each frame of output.
  private(set) var correction = 0.0

  private var integral = 0.0
  private var hasError = false

  /// Sound cards are within 100 millionths; virtual machines and USB devices of little price within 500.
  static let largestCorrection = 1e-3
  private static let meanSeconds = 1.0
  private static let corner = 0.1
  private static let rate = 48_000.0

  /// Takes an error that was measured `seconds` after the one before.
  mutating func note(error: Double, after seconds: Double) {
    guard hasError else {
      hasError = true
      smoothedError = error
      return
    }
    smoothedError += (error - smoothedError) * min(1, seconds / Self.meanSeconds)
    integral = Self.clamped(integral + smoothedError * seconds * Self.corner * Self.corner / Self.rate)
    correction = Self.clamped(integral + smoothedError * 2 * Self.corner / Self.rate)
  }

  /// Forgets the error, and keeps what it learnt of the clocks.
  mutating func restart() {
    hasError = false
    smoothedError = 0
    correction = integral
  }

  private static func clamped(_ correction: Double) -> Double {
    max(-largestCorrection, min(largestCorrection, correction))
  }
}
