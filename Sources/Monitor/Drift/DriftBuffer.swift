import MediaBase
import Mixing

/// Sound on its way from one clock to another: pushed in frames of the one, pulled in periods of the other, at 48 kHz.
///
/// ```
/// push (room's tick, microphone) ─▶ ring ─ resampler, ±1,000 millionths ─▶ pull (sound card, tick)
///                                    └ depth ─ RateFollower ┘
/// ```
/// Its depth stays near what it began with, because it takes its input a little faster or slower than it comes; nothing is
/// cut out or put in. Only an outage does that: where it runs dry, or has become far too deep because nobody pulled, it
/// fades out, begins anew and fades in, and counts it. After each time of running dry it stays 5 ms deeper.
///
/// Knows no clock, card or thread: both sides tell the time, of one monotonic clock. One owner, one thread at a time
/// (`DriftLine` is for two). Allocates when it is made; 10 ms of mono cost about 20 µs.
public struct DriftBuffer: ~Copyable {
  /// Channels, interleaved.
  public let layout: ChannelLayout
  /// What happened since it was made, and where it stands.
  public private(set) var statistics = DriftStatistics()

  private let ring: SampleBuffer
  private var start = 0
  private var count = 0
  private var resampler: LiveResampler
  private var follower = RateFollower()
  private var steps = 1
  private var targetFrames: Int
  private let largestTargetFrames: Int
  /// Whether sound is being given; else it waits until it is deep enough.
  private var isFlowing = false
  private var lastPush: (frames: Int, time: PacketTime)?
  private var lastPull: PacketTime?
  private var lastStep: PacketTime?
  private var fadedInFrames = 0
  /// What was given last, and how much of its way to silence is left.
  private var last = (left: Float(0), right: Float(0))
  private var tail = (left: Float(0), right: Float(0))
  private var tailFrames = 0

  private static let rate = AudioRate.samplesPerSecond
  private static let capacityFrames = rate / 2
  private static let deepeningFrames = 240
  private static let mostDeepeningFrames = 4_800
  private static let fadeInFrames = 240
  private static let fadeOutFrames = 96
  /// More than jitter explains: 80 ms.
  private static let largestErrorFrames = 3_840.0
  private static let longestPushGap: Int64 = 60_000_000
  private static let shortestStepGap: Int64 = 100_000_000

  /// An empty buffer, from which `pullFrames` are taken at a time. Throws `outOfMemory`.
  ///
  /// - Parameter marginMilliseconds: what it holds beyond that right before a push: the most by which either side may be late.
  public init(layout: ChannelLayout, pullFrames: Int, marginMilliseconds: Int = 20) throws(ResamplerError) {
    precondition(pullFrames > 0 && pullFrames <= Self.rate / 10, "periods of \(pullFrames) frames are not for calls")
    self.layout = layout
    ring = SampleBuffer(count: Self.capacityFrames * layout.count)
    resampler = try LiveResampler(channels: layout.count, inputRate: Self.rate, outputRate: Self.rate)
    resampler.setDrift(steps: steps)
    targetFrames = pullFrames + marginMilliseconds * Self.rate / 1_000
    largestTargetFrames = targetFrames + Self.mostDeepeningFrames
  }

  // MARK: In

  /// Puts frames at the end that belong to the instant `now` on the pushing side's clock: better when they were due than
  /// when they came.
  public mutating func push(_ frames: Span<Float>, at now: PacketTime) {
    let pushed = frames.count / layout.count
    precondition(
      pushed * layout.count == frames.count && pushed <= Self.capacityFrames / 2, "whole frames, and not so many")
    if count + pushed > Self.capacityFrames {
      statistics.skips += 1
      drop(max(0, count - targetFrames))
      beginAnew()
    }
    let end = (start + count) % Self.capacityFrames
    let first = min(pushed, Self.capacityFrames - end)
    ring.copy(frames.extracting(0..<first * layout.count), at: end * layout.count)
    ring.copy(frames.extracting(first * layout.count..<frames.count), at: 0)
    count += pushed
    lastPush = (pushed, now)
  }

  // MARK: Out

  /// Fills `output` with what is next: sound, or silence as long as there is none.
  public mutating func pull(into output: inout MutableSpan<Float>, at now: PacketTime) {
    let wanted = output.count / layout.count
    precondition(wanted * layout.count == output.count, "whole frames only")
    if isFlowing { follow(at: now) }
    if !isFlowing { startIfDeepEnough(at: now) }
    lastPull = now
    let given = isFlowing ? resample(into: &output) : 0
    fadeIn(&output, upTo: given)
    for index in given * layout.count..<output.count { output[index] = 0 }
    if isFlowing && given < wanted {
      statistics.underruns += 1
      targetFrames = min(targetFrames + Self.deepeningFrames, largestTargetFrames)
      if given > 0 { note(output, frame: given - 1) }
      beginAnew()
      fadeOut(&output, from: given)
    } else {
      fadeOut(&output, from: 0)
    }
    if wanted > 0 { note(output, frame: wanted - 1) }
  }

  private mutating func resample(into output: inout MutableSpan<Float>) -> Int {
    let wanted = output.count / layout.count
    var given = 0
    while given < wanted, count > 0 {
      let frames = min(count, Self.capacityFrames - start)
      var rest = output._mutatingExtracting(given * layout.count..<output.count)
      let progress = Self.resample(
        ring, start * layout.count..<(start + frames) * layout.count, by: &resampler, into: &rest)
      drop(progress.consumedFrames)
      given += progress.producedFrames
    }
    return given
  }

  private static func resample(
    _ ring: borrowing SampleBuffer, _ place: Range<Int>, by resampler: inout LiveResampler,
    into output: inout MutableSpan<Float>
  ) -> ResamplerProgress {
    resampler.process(ring.span(place), into: &output)
  }

  private mutating func drop(_ frames: Int) {
    start = (start + frames) % Self.capacityFrames
    count -= frames
  }

  // MARK: Depth

  /// What waits at `now`, as if the frames of a push came one by one after it; `nil` where the pushing side is silent.
  private func depth(at now: PacketTime) -> Double? {
    guard let lastPush else { return nil }
    let since = max(0, now.nanoseconds(since: lastPush.time))
    guard since < Self.longestPushGap else { return nil }
    return Double(count - lastPush.frames) + Double(since) * Double(Self.rate) / 1e9
  }

  private mutating func follow(at now: PacketTime) {
    guard let depth = depth(at: now), let lastPull else { return }
    follower.note(
      error: depth - Double(targetFrames), after: min(0.1, Double(max(0, now.nanoseconds(since: lastPull))) / 1e9))
    if follower.smoothedError > Self.largestErrorFrames {
      statistics.skips += 1
      return beginAnew()
    }
    statistics.depthMilliseconds = depth / 48
    statistics.driftPPM = follower.correction * 1e6
    let wanted = follower.correction * Double(LiveResampler.driftStepsPerFrame)
    let isSettled = lastStep.map { now.nanoseconds(since: $0) < Self.shortestStepGap } ?? false
    guard !isSettled, abs(wanted - Double(steps)) > 0.75 else { return }
    steps = Int(wanted.rounded())
    lastStep = now
    resampler.setDrift(steps: steps)
  }

  private mutating func startIfDeepEnough(at now: PacketTime) {
    guard let depth = depth(at: now), depth >= Double(targetFrames), count >= targetFrames else { return }
    drop(min(count, Int(depth) - targetFrames))
    resampler.reset()
    follower.restart()
    fadedInFrames = 0
    isFlowing = true
  }

  /// What goes on from here does not belong to what was given last.
  private mutating func beginAnew() {
    guard isFlowing else { return }
    isFlowing = false
    tail = last
    tailFrames = Self.fadeOutFrames
  }

  // MARK: Fading

  private mutating func fadeIn(_ output: inout MutableSpan<Float>, upTo given: Int) {
    var frame = 0
    while fadedInFrames < Self.fadeInFrames, frame < given {
      let gain = (Float(fadedInFrames) + 0.5) / Float(Self.fadeInFrames)
      for channel in 0..<layout.count { output[frame * layout.count + channel] *= gain }
      fadedInFrames += 1
      frame += 1
    }
  }

  /// From the last sample to zero in a straight line, so that there is no step.
  private mutating func fadeOut(_ output: inout MutableSpan<Float>, from first: Int) {
    var frame = first
    while tailFrames > 0, frame < output.count / layout.count {
      let gain = (Float(tailFrames) - 0.5) / Float(Self.fadeOutFrames)
      for channel in 0..<layout.count {
        output[frame * layout.count + channel] += (channel == 0 ? tail.left : tail.right) * gain
      }
      tailFrames -= 1
      frame += 1
    }
  }

  private mutating func note(_ output: borrowing MutableSpan<Float>, frame: Int) {
    last = (output[frame * layout.count], output[frame * layout.count + layout.count - 1])
  }
}

/// Counts of a `DriftBuffer` since it was made, and where it stands.
public struct DriftStatistics: Sendable, Hashable {
  /// How often it ran dry.
  public var underruns = 0
  /// How often it had become far too deep, and left some out.
  public var skips = 0
  /// How much waits, in milliseconds.
  public var depthMilliseconds = 0.0
  /// How much faster than nominal it is being emptied, in millionths: by so much the pushing clock runs fast against the
  /// pulling one.
  public var driftPPM = 0.0

  /// Nothing counted yet.
  public init() {}
}
