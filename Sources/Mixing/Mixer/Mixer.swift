import MediaBase

/// Sums the voices of a room once and gives each listener the sum without their own: exact mix-minus.
///
/// ```
/// samples ─ gain, mute, pan ─┬──────────────────── contribution of each member
///                            └─ sum (float, never clipped)
///                                  └─ minus own ─ plus or minus what this listener hears differently ─ limiter ─ mix
/// ```
/// One frame is `beginFrame()`, then `contribute` for whoever speaks, then `renderMix(for:)` for each listener with a mix of
/// their own and `renderSharedMix` once for everybody else. The sum is clipped nowhere: only the finished mix is limited,
/// each with a limiter of its own. A room owns its mixer, on its media thread; the offline mixer drives the same one by
/// file time. It allocates when it is made or enlarged and never else. Summing a member in costs 0.1 to 0.2 µs a 20 ms frame, a mix
/// below the limiter's threshold about as much.
public struct Mixer: ~Copyable {
  /// Channels of every mix.
  public let layout: ChannelLayout
  /// Length of every frame.
  public let frame: FrameDuration
  /// How many members it has room for.
  public private(set) var capacity: Int

  private let kernels: MixKernels
  private let limiterSettings: LimiterSettings
  private var members: FixedArray<MemberState>
  private var contributions: SampleBuffer
  private let sum: SampleBuffer
  private var heardDifferently: ListenerLevels
  private var limiters: FixedArray<MixLimiter>
  private var sharedLimiter: MixLimiter
  private let limiterScratch: LimiterScratch
  /// Where one mix, or one downmixed source, is put together.
  private let work: SampleBuffer

  /// An empty room.
  ///
  /// - Parameters:
  ///   - capacity: the most members at one time.
  ///   - levels: the most (listener, source) pairs with a level of their own at one time.
  public init(
    capacity: Int, layout: ChannelLayout, frame: FrameDuration, levels: Int = 0, limiter: LimiterSettings = .init(),
    kernels: MixKernels = .init()
  ) {
    self.capacity = capacity
    self.layout = layout
    self.frame = frame
    self.kernels = kernels
    limiterSettings = limiter
    let samples = frame.samples * layout.count
    members = FixedArray(count: capacity) { _ in MemberState() }
    contributions = SampleBuffer(count: capacity * samples)
    sum = SampleBuffer(count: samples)
    work = SampleBuffer(count: samples)
    heardDifferently = ListenerLevels(members: capacity, capacity: levels)
    limiters = FixedArray(count: capacity) { _ in MixLimiter(layout: layout, settings: limiter, kernels: kernels) }
    sharedLimiter = MixLimiter(layout: layout, settings: limiter, kernels: kernels)
    limiterScratch = LimiterScratch(layout: layout, settings: limiter)
  }

  /// Makes room for more members, between two frames. Those who are in it keep their places. Allocates.
  public mutating func enlarge(to capacity: Int) {
    guard capacity > self.capacity else { return }
    let (layout, kernels, settings) = (self.layout, self.kernels, limiterSettings)
    members.enlarge(to: capacity) { _ in MemberState() }
    limiters.enlarge(to: capacity) { _ in MixLimiter(layout: layout, settings: settings, kernels: kernels) }
    heardDifferently.enlarge(members: capacity)
    contributions = SampleBuffer(count: capacity * samplesPerFrame)
    self.capacity = capacity
    // What was summed of a frame is forgotten with the contributions.
    beginFrame()
  }

  /// Samples in one mixed frame, all channels together.
  public var samplesPerFrame: Int { frame.samples * layout.count }

  /// What every mix lags behind its sum: the limiter's look-ahead, in samples per channel.
  public var latencySamples: Int { sharedLimiter.latencySamples }

  // MARK: Members

  /// A place in the room, given out by `join`, valid until `leave`.
  public struct Member: Hashable, Sendable {
    /// 0 up to the mixer's capacity; places are given again after `leave`.
    public let index: Int
  }

  /// Takes a member in, from the next frame on.
  ///
  /// - Parameter fromSharedMix: their own mix goes on from the shared one, which they heard until now, without a gap.
  ///   Otherwise it begins with silence, as for one who heard nothing.
  public mutating func join(
    _ settings: MemberSettings = .init(), fromSharedMix: Bool = false
  ) throws(MixerError) -> Member {
    for index in 0..<capacity where !members[index].isTaken {
      members[index] = MemberState(settings: settings)
      if fromSharedMix { limiters[index].copyState(of: sharedLimiter) } else { limiters[index].reset() }
      return Member(index: index)
    }
    throw .full(capacity: capacity)
  }

  /// Frees a member's place, and forgets every level that names them.
  public mutating func leave(_ member: Member) {
    requireTaken(member)
    heardDifferently.forget(member.index)
    members[member.index] = MemberState()
  }

  /// How a member's voice enters the mix.
  public func settings(of member: Member) -> MemberSettings {
    requireTaken(member)
    return members[member.index].settings
  }

  /// Changes how a member's voice enters the mix: it moves there within 20 ms from the next frame on.
  public mutating func set(_ settings: MemberSettings, for member: Member) {
    requireTaken(member)
    members[member.index].settings = settings
  }

  /// Lets one listener hear one source louder, softer or not at all; `unity` ends it. It moves there within 20 ms, or
  /// stands there at once, for a source who has not been heard yet.
  ///
  /// For whispering, coaching and groups. Costs that listener a mix of their own while it lasts. Levels above +60 dB are
  /// taken as +60 dB.
  public mutating func setLevel(
    _ level: Decibels, of source: Member, heardBy listener: Member, immediately: Bool = false
  ) throws(MixerError) {
    requireTaken(source)
    requireTaken(listener)
    guard source != listener else { throw .ownVoice }
    let linear = Float(min(level, MemberSettings.highestGain).linear)
    guard
      heardDifferently.set(
        linear, of: source.index, heardBy: listener.index, immediately: immediately)
    else {
      throw .tooManyLevels(capacity: heardDifferently.capacity)
    }
  }

  /// Whether this frame's mix for a listener differs from the shared one: they contribute to it, or hear someone
  /// differently.
  public func hasOwnMix(_ listener: Member) -> Bool {
    requireTaken(listener)
    return members[listener.index].contributes || heardDifferently.hasLevels(heardBy: listener.index)
  }

  // MARK: One frame

  /// Empties the sum and starts a new frame.
  public mutating func beginFrame() {
    sum.clear()
    for index in 0..<capacity { members[index].contributes = false }
  }

  /// Adds one frame of a member's voice, once a frame at most. Whoever does not call is silent.
  ///
  /// - Parameters:
  ///   - samples: full scale ±1, interleaved where it is stereo, `frame.samples` a channel.
  ///   - source: the channels of `samples`: a stereo voice enters a mono mix as the mean of its channels.
  public mutating func contribute(_ samples: Span<Float>, layout source: ChannelLayout, from member: Member) {
    requireTaken(member)
    precondition(samples.count == frame.samples * source.count, "a frame has \(frame.samples) samples a channel")
    precondition(!members[member.index].contributes, "a member contributes once a frame")
    guard members[member.index].prepareRamp(source: source, mix: layout) else { return }
    members[member.index].contributes = true
    if source == .stereo && layout == .mono {
      var mono = work.mutableSpan
      kernels.downmix(samples, into: &mono)
    }
    place(samples, layout: source, of: member.index)
    var sumSpan = sum.mutableSpan
    kernels.accumulate(contributions.span(region(of: member.index)), into: &sumSpan)
  }

  /// The mix for one listener: everybody's voice but their own, limited. Once a frame at most for each.
  ///
  /// - Parameter mix: `samplesPerFrame` samples, all of them written.
  public mutating func renderMix(for listener: Member, into mix: inout MutableSpan<Float>) {
    requireTaken(listener)
    assembleMix(for: listener.index)
    limiters[listener.index].process(work, into: &mix, scratch: limiterScratch)
  }

  /// The mix of everybody, for all who neither speak nor hear someone differently. Once a frame at most.
  ///
  /// - Parameter mix: `samplesPerFrame` samples, all of them written.
  public mutating func renderSharedMix(into mix: inout MutableSpan<Float>) {
    sharedLimiter.process(sum, into: &mix, scratch: limiterScratch)
  }

  /// The most that the limiter of the shared mix took away in the frame rendered last, 0 dB or more.
  public var sharedReduction: Decibels { sharedLimiter.reduction }

  // MARK: Pieces of a frame

  private func region(of index: Int) -> Range<Int> {
    index * samplesPerFrame..<(index + 1) * samplesPerFrame
  }

  /// Writes a member's contribution: their samples (a stereo voice for a mono mix: those in `work`) with gain and pan,
  /// along the ramp.
  private mutating func place(_ samples: borrowing Span<Float>, layout source: ChannelLayout, of index: Int) {
    var done = 0
    while done < frame.samples {
      let piece = members[index].ramp.take(upTo: frame.samples - done)
      let input = samples.extracting(done * source.count..<(done + piece.samples) * source.count)
      let start = index * samplesPerFrame + done * layout.count
      var output = contributions.mutableSpan(start..<start + piece.samples * layout.count)
      switch (source, layout) {
      case (.mono, .mono):
        kernels.gainRamp(input, gain: piece.left.gain, step: piece.left.step, into: &output)
      case (.stereo, .mono):
        let mean = work.span(done..<done + piece.samples)
        kernels.gainRamp(mean, gain: piece.left.gain, step: piece.left.step, into: &output)
      case (.mono, .stereo):
        kernels.panRamp(input, left: piece.left, right: piece.right, into: &output)
      case (.stereo, .stereo):
        kernels.gainRampStereo(input, left: piece.left, right: piece.right, into: &output)
      }
      done += piece.samples
    }
  }

  /// Puts a listener's mix together in `work`: the sum, minus their own voice, plus the difference of every source that
  /// they hear at a level of its own.
  private mutating func assembleMix(for listener: Int) {
    if members[listener].contributes {
      var own = work.mutableSpan
      kernels.subtract(contributions.span(region(of: listener)), from: sum.span, into: &own)
    } else {
      work.copy(sum.span)
    }
    var entry = heardDifferently.first(heardBy: listener)
    while let current = entry {
      entry = heardDifferently.next(after: current)
      correct(by: current)
    }
    heardDifferently.dropFinished(heardBy: listener)
  }

  /// Adds one source's difference from its ordinary level, along its ramp.
  private mutating func correct(by entry: Int) {
    let source = heardDifferently.source(of: entry)
    let isHeard = members[source].contributes
    var done = 0
    while done < frame.samples {
      let piece = heardDifferently.takeRamp(of: entry, upTo: frame.samples - done)
      if isHeard {
        addDifference(of: source, along: piece, from: done)
      }
      done += piece.samples
    }
  }

  private mutating func addDifference(of source: Int, along piece: GainRamp.Piece, from done: Int) {
    let range = done * layout.count..<(done + piece.samples) * layout.count
    let base = source * samplesPerFrame
    let voice = contributions.span(base + range.lowerBound..<base + range.upperBound)
    var output = work.mutableSpan(range)
    // The level moves by frames; interleaved samples take half a step each.
    let step = piece.left.step / Float(layout.count)
    kernels.accumulate(voice, gain: piece.left.gain - 1, step: step, into: &output)
  }

  private func requireTaken(_ member: Member) {
    precondition(members[member.index].isTaken, "this member is not in the room")
  }
}

// MARK: Checkpoints

extension Mixer {
  /// The places, their ramps and the limiter of the shared mix, between two frames: all that the shared mix depends on.
  /// Mixes of one's own are not carried over: they begin with silence. Reading enlarges it to what was written.
  public mutating func code(_ coder: inout CheckpointCoder) {
    var places = capacity
    coder.code(&places, in: 1...Self.mostCheckpointPlaces)
    guard !coder.isDamaged else { return }
    enlarge(to: places)
    for index in 0..<places { members[index].code(&coder) }
    sharedLimiter.code(&coder)
  }

  /// A place in use by its number, as a checkpoint names it.
  public func member(at index: Int) -> Member? {
    index >= 0 && index < capacity && members[index].isTaken ? Member(index: index) : nil
  }

  private static let mostCheckpointPlaces = 4_096
}

/// Why the mixer could not take something in.
public enum MixerError: Error, Equatable, Sendable {
  /// All places are taken.
  case full(capacity: Int)
  /// All pairs with a level of their own are in use.
  case tooManyLevels(capacity: Int)
  /// A level was asked for a listener's own voice, which is never in their mix.
  case ownVoice
}
