import AudioCodecs
import MediaBase
import Mixing

/// Turns one member's packets into one frame of sound each tick.
///
/// A room makes as many as it mixes talkers, and lends one to each who is selected: `attach`, then `render` each tick,
/// then `detach`. The media thread of the room alone may touch it. 65 KiB for mono in frames of 20 ms, 110 for stereo, all made
/// by `init`; nothing else allocates. A frame costs what the decoder takes, and little more.
///
///     JitterBuffer ─ decode, FEC or conceal ─ queue ─ stretch or shrink ─ frame
public struct Voice: ~Copyable {
  /// Channels of each frame; two are interleaved. A mono codec fills both alike.
  public let layout: ChannelLayout
  /// Length of each frame.
  public let frame: FrameDuration

  /// Samples in each frame, all channels together.
  public var samplesPerFrame: Int { frame.samples * layout.count }

  /// Where the sound comes from at present.
  enum State {
    /// Nothing is there to go on from: noise until the next packet is due.
    case waiting
    /// Packet follows packet.
    case playing
    /// The next packet is not there, or not due: `decodedEnd` stands still until it is.
    case starving
  }

  var state = State.waiting
  var decoder: VoiceDecoder
  var queue: PlayoutQueue
  var concealer: LossConcealer
  var noise = ComfortNoise()
  let stretcher = TimeStretcher()
  /// What goes on beneath the first decoded sound after a gap.
  let overlap: SampleBuffer

  /// Where the sound that is decoded next belongs.
  var decodedEnd: Int64 = 0
  var lastSequence = SequenceNumber(rawValue: 0)
  /// Whether the last packet said that nothing more is sent (RFC 6716, 2.1.9).
  var isPaused = false
  /// Frames invented since `decodedEnd`, and those of them to be counted if it was for a loss.
  var inventedFrames = 0
  var uncountedFrames = 0
  /// Frames played since the length was last changed.
  var framesSinceChange = 0
  /// Frames played since the delay began to be too long.
  var framesTooDeep = 0
  /// What is known of the next frame.
  var rendered = nothingDecoded
  private static let nothingDecoded = RenderedFrame(content: .speech, packetsDecoded: 0, level: nil)

  /// A voice for a room of that layout and tick. Throws `outOfMemory`.
  public init(layout: ChannelLayout, frame: FrameDuration) throws(VoiceError) {
    self.init(layout: layout, frame: frame, decoder: try VoiceDecoder.make(layout: layout))
  }

  private init(layout: ChannelLayout, frame: FrameDuration, decoder: consuming VoiceDecoder) {
    self.layout = layout
    self.frame = frame
    self.decoder = decoder
    queue = PlayoutQueue(channels: layout.count, frame: frame)
    concealer = LossConcealer(channels: layout.count)
    overlap = SampleBuffer(count: Self.overlapFrames * layout.count)
  }

  /// Forgets whom it played before and begins with the packets of `buffer`: decodes those whose time is over without a
  /// sound, so that the next `render`, at the same tick or a later one, goes on as if it had played all along.
  public mutating func attach(to buffer: inout JitterBuffer, pool: inout PacketPool, now: PacketTime) {
    forget(codec: buffer.codec)
    buffer.beginTick(now)
    let position = now.samples &- buffer.target
    warm(from: &buffer, pool: &pool, upTo: position)
    rendered = Self.nothingDecoded
    begin(with: &buffer, pool: &pool, at: position)
    buffer.playedEnd = decodedEnd
  }

  /// Gives exactly one frame, to be heard at the tick that is due at `now`: decoded sound, what stands for lost sound,
  /// comfort noise or silence. To be called each tick between `attach` and `detach`, with the same buffer.
  ///
  /// - Parameter samples: holds `samplesPerFrame`; all of it is written.
  public mutating func render(
    from buffer: inout JitterBuffer, pool: inout PacketPool, now: PacketTime, into samples: inout MutableSpan<Float>
  ) -> RenderedFrame {
    precondition(samples.count == samplesPerFrame, "a frame of \(samples.count) samples was asked for")
    if buffer.codec != decoder.codec || buffer.playedEnd == nil { attach(to: &buffer, pool: &pool, now: now) }
    buffer.beginTick(now)
    fill(from: &buffer, pool: &pool, now: now.samples)
    if state == .playing {
      adjustLength(from: &buffer, pool: &pool, now: now.samples)
      buffer.playedDelay = now.samples &- decodedEnd &+ Int64(queue.count)
    }
    let waiting = queue.start * layout.count
    samples.copy(queue.storage.span(waiting..<waiting + samplesPerFrame), at: 0)
    queue.pass(frame.samples)
    framesSinceChange += frame.samples
    buffer.playedEnd = decodedEnd
    defer { rendered = Self.nothingDecoded }
    return rendered
  }

  /// Lets the buffer go on without it: from the next tick on, `advance` is to be called again.
  public mutating func detach(from buffer: inout JitterBuffer) {
    buffer.playedEnd = nil
    buffer.playedDelay = nil
    state = .waiting
  }

  // MARK: Beginning

  private mutating func forget(codec: VoiceCodec) {
    decoder.reset(to: codec)
    queue.clear()
    concealer.end()
    noise.reset()
    state = .waiting
    isPaused = false
    inventedFrames = 0
    uncountedFrames = 0
    framesSinceChange = 0
    framesTooDeep = 0
  }

  /// Decodes what is over, for the decoder's memory and for the past that concealment looks at.
  private mutating func warm(from buffer: inout JitterBuffer, pool: inout PacketPool, upTo position: Int64) {
    decodedEnd = position &- JitterBuffer.longestHeldSamples
    while buffer.first != PacketPool.none, pool[buffer.first].end <= position {
      decodeNext(from: &buffer, pool: &pool)
      queue.passAll()
    }
    state = .waiting
  }

  /// Finds where playing starts, so that the delay is right and the beginning of the packet due now is heard.
  private mutating func begin(with buffer: inout JitterBuffer, pool: inout PacketPool, at position: Int64) {
    let step = Int64(frame.samples)
    guard buffer.first != PacketPool.none else {
      // The packet of this tick is late, or they have stopped.
      if rendersOn(from: position) { beginStarving() }
      return
    }
    let next = pool[buffer.first]
    guard next.position <= position else { return }
    decodeNext(from: &buffer, pool: &pool)
    queue.pass(Int((position &- next.position) / step * step))
    state = .playing
  }

  private func rendersOn(from position: Int64) -> Bool {
    queue.end > PlayoutQueue.pastFrames && position &- decodedEnd < Int64(frame.samples)
  }
}

/// Why a voice could not be made.
public enum VoiceError: Error, Hashable, Sendable {
  /// No memory for a decoder or resampler.
  case outOfMemory
}

// MARK: Checkpoints

extension Voice {
  /// All that its next frame depends on besides its buffer, between two ticks.
  ///
  /// The decoder's memory is libopus's own and would be believed without a check, so it is not carried over: writing and
  /// reading both make it anew from the packets that were decoded last. See `VoiceDecoder.settle`.
  package mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&state, of: [.waiting, .playing, .starving])
    decoder.code(&coder)
    queue.code(&coder)
    concealer.code(&coder)
    noise.code(&coder)
    coder.code(time: &decodedEnd)
    var number = lastSequence.rawValue
    coder.code(&number)
    lastSequence = SequenceNumber(rawValue: number)
    coder.code(&isPaused)
    coder.code(&inventedFrames, in: 0...1 << 40)
    coder.code(&uncountedFrames, in: 0...1 << 40)
    coder.code(&framesSinceChange, in: 0...1 << 40)
    coder.code(&framesTooDeep, in: 0...1 << 40)
  }
}
