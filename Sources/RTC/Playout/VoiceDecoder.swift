import AudioCodecs
import MediaBase
import Mixing

/// Decodes packets of any voice codec to 48 kHz, in the layout of its voice.
///
/// Part of a voice, 22 KB for mono; the media thread alone may touch it. Decoders of all codecs are there from the start, for
/// a voice is lent to one member after another.
struct VoiceDecoder: ~Copyable {
  /// What the packets are.
  private(set) var codec = VoiceCodec.opus

  private let layout: ChannelLayout
  private var opus: OpusDecoder
  private var resampler: LiveResampler
  private var recent = RecentPackets()
  /// A piece of a packet at 8 kHz.
  private let narrow = SampleBuffer(count: pieceSamples)

  /// 20 ms.
  private static let pieceSamples = 160
  private static let ratio = AudioRate.samplesPerSecond / G711.samplesPerSecond

  private init(layout: ChannelLayout, opus: consuming OpusDecoder, resampler: consuming LiveResampler) {
    self.layout = layout
    self.opus = opus
    self.resampler = resampler
  }

  /// Decoders of all codecs for that layout.
  static func make(layout: ChannelLayout) throws(VoiceError) -> VoiceDecoder {
    VoiceDecoder(layout: layout, opus: try makeOpus(layout), resampler: try makeResampler())
  }

  private static func makeOpus(_ layout: ChannelLayout) throws(VoiceError) -> OpusDecoder {
    do throws(OpusError) { return try OpusDecoder(layout: layout) } catch { throw .outOfMemory }
  }

  private static func makeResampler() throws(VoiceError) -> LiveResampler {
    do throws(ResamplerError) {
      return try LiveResampler(
        channels: 1, inputRate: G711.samplesPerSecond, outputRate: AudioRate.samplesPerSecond)
    } catch { throw .outOfMemory }
  }

  /// How late the sound of a packet comes out, in frames.
  var delayFrames: Int { codec == .opus ? 0 : resampler.latencyOutputFrames }

  /// Forgets the stream, for one of `codec`.
  mutating func reset(to codec: VoiceCodec) {
    self.codec = codec
    recent.removeAll()
    if codec == .opus { opus.reset() } else { resampler.reset() }
  }

  /// Decodes a packet to the front of `place`, which holds it; returns its frames, 0 where it is none.
  mutating func decode(_ payload: Span<UInt8>, into storage: borrowing SampleBuffer, at place: Range<Int>) -> Int {
    recent.append(payload)
    return run(payload, into: storage, at: place)
  }

  private mutating func run(
    _ payload: Span<UInt8>, into storage: borrowing SampleBuffer, at place: Range<Int>
  ) -> Int {
    switch codec {
    case .opus:
      var samples = storage.mutableSpan(place)
      return (try? opus.decode(payload, into: &samples)) ?? 0
    case .pcmu: return decode(payload, as: .muLaw, into: storage, at: place.lowerBound)
    case .pcma: return decode(payload, as: .aLaw, into: storage, at: place.lowerBound)
    }
  }

  /// Opus: fills `frames`, whole steps of 2.5 ms, from the copy in the packet behind them.
  mutating func recover(
    _ frames: Int, from next: Span<UInt8>, into storage: borrowing SampleBuffer, at place: Range<Int>
  ) -> Int {
    var samples = storage.mutableSpan(place)
    return (try? opus.decodeFEC(from: next, lostSamples: frames, into: &samples)) ?? 0
  }

  /// Opus: fills `frames`, whole steps of 2.5 ms, with what the decoder goes on with.
  mutating func conceal(_ frames: Int, into storage: borrowing SampleBuffer, at place: Range<Int>) -> Int {
    var samples = storage.mutableSpan(place)
    return (try? opus.conceal(lostSamples: frames, into: &samples)) ?? 0
  }

  // MARK: Checkpoints

  /// The codec, and the packets from which its memory is made anew.
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&codec, of: [.opus, .pcmu, .pcma])
    recent.code(&coder)
    settle()
  }

  /// Forgets all but the last packets: the memory is then that of a decoder which has decoded nothing but these, as any
  /// other one can be made to be. What comes next differs by no more than after a loss some 100 ms ago. Allocates.
  private mutating func settle() {
    if codec == .opus { opus.reset() } else { resampler.reset() }
    let unheard = SampleBuffer(count: OpusDecoder.largestPacketSamples * layout.count)
    let packets = recent.all
    for packet in packets { _ = run(packet.span, into: unheard, at: 0..<unheard.count) }
  }

  private mutating func decode(
    _ payload: Span<UInt8>, as law: G711, into storage: borrowing SampleBuffer, at place: Int
  ) -> Int {
    var done = 0
    while done < payload.count {
      let count = min(Self.pieceSamples, payload.count - done)
      Self.decode(payload.extracting(done..<done + count), as: law, into: narrow)
      let first = place + done * Self.ratio * layout.count
      let frames = count * Self.ratio
      if layout == .mono {
        Self.resample(narrow, count, by: &resampler, into: storage, at: first)
      } else {
        // To the place's second half, from where it is spread.
        Self.resample(narrow, count, by: &resampler, into: storage, at: first + frames)
        Self.spread(storage, from: first + frames, to: first, frames: frames)
      }
      done += count
    }
    return payload.count * Self.ratio
  }

  /// Both channels alike; the last frame's place may be where it is read from.
  private static func spread(_ storage: borrowing SampleBuffer, from source: Int, to place: Int, frames: Int) {
    for frame in 0..<frames {
      let sample = storage[source + frame]
      storage[place + 2 * frame] = sample
      storage[place + 2 * frame + 1] = sample
    }
  }

  private static func decode(_ payload: Span<UInt8>, as law: G711, into narrow: borrowing SampleBuffer) {
    var decoded = narrow.mutableSpan(0..<payload.count)
    law.decode(payload, into: &decoded)
  }

  /// Six frames for one: what the filter does not give is silence.
  private static func resample(
    _ narrow: borrowing SampleBuffer, _ count: Int, by resampler: inout LiveResampler,
    into storage: borrowing SampleBuffer, at first: Int
  ) {
    var place = storage.mutableSpan(first..<first + count * ratio)
    let given = resampler.process(narrow.span(0..<count), into: &place).producedFrames
    for index in given..<max(given, place.count) { place[index] = 0 }
  }
}
