import AllocationCounter
import Foundation
import MediaBase
import Monitor
import Testing

/// Two clocks that run apart, in virtual time: the depth holds, and a tone comes out as a tone.
@Suite struct DriftBufferTests {
  struct Clocks: CustomTestStringConvertible, Sendable {
    /// By how much the pulling clock runs fast against the pushing one, in millionths.
    var ppm: Double
    /// The most by which either side is late.
    var lateMilliseconds: Double
    var pushFrames = 960
    var pullFrames = 480
    var testDescription: String { "\(ppm) ppm, up to \(lateMilliseconds) ms late, \(pushFrames) to \(pullFrames)" }
  }

  static let clocks = [
    Clocks(ppm: 500, lateMilliseconds: 0), Clocks(ppm: -500, lateMilliseconds: 0),
    Clocks(ppm: 500, lateMilliseconds: 6), Clocks(ppm: -500, lateMilliseconds: 6), Clocks(ppm: 0, lateMilliseconds: 6),
    Clocks(ppm: 90, lateMilliseconds: 4, pushFrames: 480, pullFrames: 960),
    Clocks(ppm: -500, lateMilliseconds: 4, pushFrames: 480, pullFrames: 960),
    Clocks(ppm: 300, lateMilliseconds: 3, pushFrames: 960, pullFrames: 1_024),
  ]

  @Test(arguments: clocks)
  func tenMinutesOfDriftKeepTheDepthWithoutAClick(clocks: Clocks) throws {
    var run = try Run(clocks)
    run.advance(seconds: 2)
    let first = run.buffer.statistics.depthMilliseconds
    var worst = 0.0
    for _ in 0..<598 {
      run.advance(seconds: 1)
      worst = max(worst, abs(run.buffer.statistics.depthMilliseconds - first))
    }
    let end = run.buffer.statistics
    #expect(end.underruns == 0 && end.skips == 0)
    #expect(worst < 4 + clocks.lateMilliseconds)
    #expect(abs(end.driftPPM + clocks.ppm) < 60, "followed \(end.driftPPM)")
    // A step of one hundredth of full scale would leave as much.
    #expect(run.largestResidual < 2e-3, "residual \(run.largestResidual)")
    #expect(abs(run.level - 0.5 / 2.0.squareRoot()) < 0.002)
  }

  @Test func whereNothingComesItFadesOutAndInAgainWithoutAStep() throws {
    var run = try Run(Clocks(ppm: 0, lateMilliseconds: 0))
    run.advance(seconds: 2)
    run.isPushing = false
    run.advance(seconds: 1)
    #expect(run.lastOutput.allSatisfy { $0 == 0 })
    run.isPushing = true
    run.advance(seconds: 1)
    #expect(run.buffer.statistics.underruns == 1 && run.buffer.statistics.skips == 0)
    #expect(run.largestStep < 0.08)
    #expect(run.lastOutput.contains { abs($0) > 0.4 })
  }

  @Test func whereNobodyPullsTheOldIsLeftOutWithoutAStep() throws {
    var run = try Run(Clocks(ppm: 0, lateMilliseconds: 0))
    run.advance(seconds: 2)
    let first = run.buffer.statistics.depthMilliseconds
    run.isPulling = false
    run.advance(seconds: 3)
    run.isPulling = true
    run.advance(seconds: 2)
    #expect(run.buffer.statistics.skips > 0 && run.buffer.statistics.underruns == 0)
    #expect(abs(run.buffer.statistics.depthMilliseconds - first) < 2)
    #expect(run.largestStep < 0.08)
  }

  @Test func bothChannelsKeepTheirOwn() throws {
    var buffer = try DriftBuffer(layout: .stereo, pullFrames: 480)
    var output = [Float](repeating: 0, count: 960)
    let frame = (0..<1_920).map { Float($0 % 2 == 0 ? 0.25 : -0.5) }
    for tick in 0..<50 {
      let now = PacketTime(nanoseconds: Int64(tick) * 20_000_000)
      buffer.push(frame.span, at: now)
      for half in 0..<2 {
        var span = output.mutableSpan
        buffer.pull(into: &span, at: now.advanced(byMilliseconds: 1 + 10 * half))
      }
    }
    for index in output.indices { #expect(abs(output[index] - frame[index]) < 1e-3) }
  }

  @Test func neitherSideAllocates() throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    var run = try Run(Clocks(ppm: 400, lateMilliseconds: 5))
    run.advance(seconds: 1)
    let before = allocation_count()
    run.advance(seconds: 20)
    #if !DEBUG
      #expect(allocation_count() == before)
    #endif
  }

  /// A tone of 997 Hz that goes from one clock to the other, and what is wrong with it there.
  struct Run: ~Copyable {
    var buffer: DriftBuffer
    var isPushing = true
    var isPulling = true
    var lastOutput: [Float]
    /// The largest of what a sine cannot be: x[n + 1] + x[n − 1] − 2 cos(ω) x[n].
    var largestResidual: Float = 0
    /// The largest difference of two samples in a row.
    var largestStep: Float = 0
    private var power = 0.0, pulledFrames = 0.0
    private let clocks: Clocks
    private var random = SeededGenerator(seed: 5)
    private var pushed = 0, pulls = 0
    private var pushDue = 0.0, pullDue = 0.0, pushTime = 0.0, pullTime = 0.0, end = 0.0
    private var input: [Float]
    private var before: (Float, Float) = (0, 0)

    private static let step = 2 * Double.pi * 997 / 48_000

    init(_ clocks: Clocks) throws {
      self.clocks = clocks
      buffer = try DriftBuffer(layout: .mono, pullFrames: clocks.pullFrames)
      input = [Float](repeating: 0, count: clocks.pushFrames)
      lastOutput = [Float](repeating: 0, count: clocks.pullFrames)
    }

    /// The rms of all that was pulled from the second second on.
    var level: Double { (power / pulledFrames).squareRoot() }

    mutating func advance(seconds: Double) {
      end += seconds
      while min(pushTime, pullTime) < end {
        if pushTime <= pullTime { push() } else { pull() }
      }
    }

    private mutating func push() {
      // Taken out, so that it is not copied and the buffer may be changed meanwhile.
      var input = self.input
      self.input = []
      for index in input.indices { input[index] = 0.5 * Float(sin(Self.step * Double(pushed + index))) }
      pushed += clocks.pushFrames
      if isPushing { buffer.push(input.span, at: Self.time(pushDue)) }
      self.input = input
      pushDue += Double(clocks.pushFrames) / 48_000
      pushTime = max(pushTime, pushDue + Double.random(in: 0...clocks.lateMilliseconds, using: &random) / 1_000)
    }

    private mutating func pull() {
      if isPulling {
        var output = lastOutput
        lastOutput = []
        var span = output.mutableSpan
        buffer.pull(into: &span, at: Self.time(pullTime))
        lastOutput = output
        if pullTime > 0.5 { judge() }
      }
      pullDue += Double(clocks.pullFrames) / 48_000 / (1 + clocks.ppm / 1e6)
      pullTime = max(pullTime, pullDue + Double.random(in: 0...clocks.lateMilliseconds, using: &random) / 1_000)
    }

    private mutating func judge() {
      let factor = Float(2 * cos(Self.step))
      var (older, old) = before
      for sample in lastOutput {
        largestResidual = max(largestResidual, abs(sample + older - factor * old))
        largestStep = max(largestStep, abs(sample - old))
        (older, old) = (old, sample)
        if pullTime > 1 {
          power += Double(sample * sample)
          pulledFrames += 1
        }
      }
      before = (older, old)
      if pullTime < 0.6 { (largestResidual, largestStep) = (0, 0) }
    }

    private static func time(_ seconds: Double) -> PacketTime {
      PacketTime(nanoseconds: 1_000_000_000 + Int64(seconds * 1e9))
    }
  }
}
