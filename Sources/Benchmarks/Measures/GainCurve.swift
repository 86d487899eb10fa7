/// The gain over time that turns one signal into another as nearly as possible: straight lines between knots, by least
/// squares.
///
/// ```
/// gain  ●──────●               ●     knots every `spacing` samples
///               ╲            ╱
///                ●────●─────●
/// ```
/// What a limiter does slowly is a change of loudness and no distortion, so a distortion measure sets it aside, as BSS_EVAL
/// does with its allowed distortion "time-varying gain" (Vincent, Gribonval, Févotte: Performance measurement in blind
/// audio source separation, IEEE TASLP 14(4), 2006, II.C). How fast a gain may move and still be set aside is the spacing.
/// The normal equations are tridiagonal: the cost is one pass over the samples.
public struct GainCurve: Sendable {
  /// The gain at each knot; 0 where the signal is silent.
  public let knots: [Double]

  /// Samples from one knot to the next.
  public let spacing: Int

  /// Fits `signal · gain` to `output`. Both have the same length; what is left over after the last whole interval is not
  /// looked at.
  public init(from signal: [Float], to output: [Float], spacing: Int) {
    precondition(signal.count == output.count, "a gain curve leads from one signal to another as long")
    precondition(spacing > 0, "knots are at least a sample apart")
    self.spacing = spacing
    var equations = NormalEquations(intervals: signal.count / spacing)
    for interval in 0..<signal.count / spacing {
      equations.add(signal, output, interval: interval, spacing: spacing)
    }
    knots = equations.solve()
  }

  /// The samples that the knots span.
  public var sampleCount: Int { (knots.count - 1) * spacing }

  /// The signal along the curve: `sampleCount` samples.
  public func applied(to signal: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: sampleCount)
    var out = result.mutableSpan
    let input = signal.span
    for interval in 0..<knots.count - 1 {
      let first = knots[interval]
      let slope = (knots[interval + 1] - first) / Double(spacing)
      let start = interval * spacing
      for offset in 0..<spacing {
        out[start + offset] = Float(Double(input[start + offset]) * (first + slope * Double(offset)))
      }
    }
    return result
  }
}

/// The symmetric tridiagonal system of a piecewise linear fit.
private struct NormalEquations {
  var diagonal: [Double]
  var neighbour: [Double]
  var right: [Double]

  init(intervals: Int) {
    diagonal = Array(repeating: 0, count: intervals + 1)
    neighbour = Array(repeating: 0, count: intervals)
    right = Array(repeating: 0, count: intervals + 1)
  }

  /// Adds one interval's samples: the knot before it fades out along it, the knot behind it fades in.
  mutating func add(_ signal: [Float], _ output: [Float], interval: Int, spacing: Int) {
    let x = signal.span
    let y = output.span
    var outOut = 0.0
    var outIn = 0.0
    var inIn = 0.0
    var outY = 0.0
    var inY = 0.0
    for offset in 0..<spacing {
      let at = interval * spacing + offset
      let fadeIn = Double(offset) / Double(spacing)
      let entering = Double(x[at]) * fadeIn
      let leaving = Double(x[at]) - entering
      outOut += leaving * leaving
      outIn += leaving * entering
      inIn += entering * entering
      outY += leaving * Double(y[at])
      inY += entering * Double(y[at])
    }
    diagonal[interval] += outOut
    diagonal[interval + 1] += inIn
    neighbour[interval] += outIn
    right[interval] += outY
    right[interval + 1] += inY
  }

  /// Elimination without pivots: the matrix is positive definite once a trace of its own diagonal is added, which keeps
  /// silent stretches solvable and costs 1 part in 10¹⁰.
  consuming func solve() -> [Double] {
    for index in diagonal.indices { diagonal[index] = diagonal[index] * (1 + 1e-10) + 1e-30 }
    for index in neighbour.indices {
      let factor = neighbour[index] / diagonal[index]
      diagonal[index + 1] -= factor * neighbour[index]
      right[index + 1] -= factor * right[index]
    }
    var knots = right
    knots[knots.count - 1] /= diagonal[knots.count - 1]
    for index in neighbour.indices.reversed() {
      knots[index] = (right[index] - neighbour[index] * knots[index + 1]) / diagonal[index]
    }
    return knots
  }
}
