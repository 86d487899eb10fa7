import AudioCodecs
import MediaBase
import Mixing

/// Turns one mix into packets of one format: gathers frames to the packet's length, encodes, keeps the bytes until the
/// next tick.
///
/// ```
/// mix, a frame a tick ─ to the format's channels ─ pending, up to a packet ─ Opus, or 8 kHz and G.711 ─ packets
/// ```
/// Packets begin at whole multiples of their length on the room's sample clock, whenever the encoder was made: so that a
/// listener can be handed from one encoder to another between any two packets. A mix that has been silent for half a
/// second is not encoded afresh: the packet that says silence is sent again.
///
/// One for each distinct mix and format of a room, on its media thread. Allocates when it is made: 49 KB for mono Opus
/// in packets of 20 ms, 43 of them libopus's.
struct MixEncoder: ~Copyable {
  private(set) var format: StreamFormat
  /// Packets that the last frame completed.
  private(set) var packetCount = 0
  /// Packets encoded, not repeated, since it was made.
  private(set) var encodeCount: UInt64 = 0

  private var opus: OpusEncoder?
  private var resampler: LiveResampler?
  private let mixLayout: ChannelLayout
  private let frameSamples: Int
  private let kernels: MixKernels
  /// Samples of the format's layout that wait for the rest of their packet, at its end what a frame adds.
  private let pending: SampleBuffer
  private var pendingSamples = 0
  private let narrow: SampleBuffer
  private var packets: FixedArray<UInt8>
  private var ranges: FixedArray<Range<Int>>
  private var silentSamples = 0
  private var repeatedSamples = 0
  private var effort: EncodingEffort

  /// The largest packet: what a datagram holds behind RTP and SRTP.
  static let largestPacketBytes = 1_400
  /// How long a mix has to be silent before its packets are repeated, and how often they are sent with DTX.
  private static let settledSamples = AudioRate.samplesPerSecond / 2
  private static let dtxSamples = AudioRate.samplesPerSecond * 2 / 5

  /// - Parameter clock: samples per channel that the room has mixed so far: where in a packet it begins.
  init(
    format: StreamFormat, mixLayout: ChannelLayout, frame: FrameDuration, clock: Int64, effort: EncodingEffort
  ) throws(ConferenceMediaError) {
    self.format = format
    self.mixLayout = mixLayout
    self.effort = effort
    frameSamples = frame.samples
    kernels = MixKernels()
    // Where one is a multiple of the other there is room for a frame before it is added.
    let (longer, shorter) = (max(format.packetSamples, frame.samples), min(format.packetSamples, frame.samples))
    let most = longer % shorter == 0 ? longer : longer + shorter
    pending = SampleBuffer(count: most * format.layout.count)
    // Where neither is a multiple of the other, a frame completes one more now and then.
    let packetsPerFrame = (frame.samples + format.packetSamples - 1) / format.packetSamples
    ranges = FixedArray(count: packetsPerFrame) { _ in 0..<0 }
    do {
      switch format.codec {
      case .opus:
        opus = try OpusEncoder(
          layout: format.layout, application: format.application,
          settings: format.encoderSettings(effort: effort))
        packets = FixedArray(count: Self.largestPacketBytes * packetsPerFrame) { _ in 0 }
        narrow = SampleBuffer(count: 0)
      case .pcmu, .pcma:
        resampler = try LiveResampler(
          channels: 1, inputRate: AudioRate.samplesPerSecond, outputRate: G711.samplesPerSecond)
        narrow = SampleBuffer(count: format.packetSamples / Self.narrowing)
        packets = FixedArray(count: format.packetSamples / Self.narrowing * packetsPerFrame) { _ in 0 }
      }
    } catch let error as OpusError {
      throw .unsupported("\(format.codec.rawValue) at \(format.bitsPerSecond) bit/s: \(error)")
    } catch {
      throw .system("no memory for an encoder")
    }
    // As if silence had been pending from where this packet would have begun.
    pendingSamples = Int(clock % Int64(format.packetSamples))
  }

  private static let narrowing = AudioRate.samplesPerSecond / G711.samplesPerSecond

  /// Whether the next frame begins a packet: when a listener may change encoders.
  var isAtPacketBoundary: Bool { pendingSamples == 0 }

  /// A packet's bytes, `index` from 0 to `packetCount` − 1; empty where DTX sends nothing.
  func packet(_ index: Int) -> Range<Int> { ranges[index] }

  /// Copies a packet's bytes behind what stands in `slot`, and returns how many they are.
  func copyPacket(_ index: Int, into slot: inout MutableSpan<UInt8>, at offset: Int) -> Int {
    let range = ranges[index]
    guard offset + range.count <= slot.count else { return 0 }
    slot.copy(packets.span(range), at: offset)
    return range.count
  }

  // MARK: One frame

  /// Takes a frame of the mix, and encodes the packets that it completes.
  mutating func encode(_ mix: Span<Float>, isSilent: Bool) {
    packetCount = 0
    silentSamples = isSilent ? min(silentSamples + frameSamples, 10 * Self.settledSamples) : 0
    append(mix)
    var taken = 0
    while pendingSamples - taken >= format.packetSamples {
      encodePacket(from: taken)
      taken += format.packetSamples
    }
    drop(taken)
  }

  /// Takes a frame that nobody hears, and encodes nothing: what is pending stays right for who comes to hear it.
  mutating func pass(_ mix: Span<Float>) {
    packetCount = 0
    // Its last packet does not tell of this silence.
    silentSamples = 0
    append(mix)
    drop(pendingSamples / format.packetSamples * format.packetSamples)
  }

  private mutating func drop(_ samples: Int) {
    guard samples > 0 else { return }
    let channels = format.layout.count
    pending.move(from: samples * channels, to: 0, count: (pendingSamples - samples) * channels)
    pendingSamples -= samples
  }

  /// Follows the core's choice of effort from the next packet on.
  mutating func setEffort(_ effort: EncodingEffort) {
    guard effort != self.effort else { return }
    self.effort = effort
    applySettings()
  }

  /// Follows a listener's wishes: another bit rate, DTX or FEC from the next packet on.
  mutating func setFormat(_ format: StreamFormat) {
    precondition(format.isInterchangeable(with: self.format), "an encoder keeps its codec, channels and packet length")
    guard format != self.format else { return }
    self.format = format
    applySettings()
  }

  /// Goes on from where another encoder stands, so that a listener of that one can be handed to this one without a seam.
  /// Both have the format's codec, packet length and channels; `recent` is the mix's last frame, which a G.711 stream is
  /// led in with.
  mutating func copyState(of other: borrowing MixEncoder, recent: Span<Float>) {
    precondition(format.isInterchangeable(with: other.format), "only an encoder of the same kind can be gone on from")
    pendingSamples = other.pendingSamples
    pending.copy(other.pending.span)
    silentSamples = other.silentSamples
    repeatedSamples = 0
    packetCount = 0
    copyCodec(of: other)
    if format.codec != .opus { leadIn(recent) }
  }

  private mutating func copyCodec(of other: borrowing MixEncoder) {
    guard opus != nil, other.opus != nil else { return }
    // Both are of one layout and made for the same application: it cannot throw.
    try? opus!.copyState(of: other.opus!)
    applySettings()
  }

  private mutating func applySettings() {
    guard opus != nil else { return }
    // The same ranges as those that it was made with: it cannot throw.
    try? opus!.apply(format.encoderSettings(effort: effort))
  }

  /// Fills the resampler with what was heard before: its filter is shorter than a frame.
  private mutating func leadIn(_ recent: Span<Float>) {
    guard resampler != nil else { return }
    resampler!.reset()
    // Behind what is pending there is room for one frame.
    var work = pending.mutableSpan(pendingSamples..<pendingSamples + frameSamples)
    fold(recent, into: &work)
    var done = 0
    while done < frameSamples {
      let piece = pendingSamples + done..<pendingSamples + min(frameSamples, done + format.packetSamples)
      _ = Self.narrow(pending, piece, by: &resampler!, into: narrow)
      done += piece.count
    }
  }

  // MARK: Pieces

  private mutating func append(_ mix: Span<Float>) {
    let channels = format.layout.count
    var end = pending.mutableSpan(pendingSamples * channels..<(pendingSamples + frameSamples) * channels)
    fold(mix, into: &end)
    pendingSamples += frameSamples
  }

  /// Brings a mix to the format's channels.
  private func fold(_ mix: Span<Float>, into out: inout MutableSpan<Float>) {
    if mixLayout == .stereo && format.layout == .mono {
      kernels.downmix(mix, into: &out)
    } else {
      out.copy(mix, at: 0)
    }
  }

  private mutating func encodePacket(from start: Int) {
    defer { packetCount += 1 }
    let isSettled = silentSamples >= Self.settledSamples + format.packetSamples && !ranges[packetCount].isEmpty
    if isSettled && encodeCount > 0 {
      // What this packet says, silence, has been said: the bytes of the last one stand where they are.
      if format.usesDTX {
        repeatedSamples = (repeatedSamples + format.packetSamples) % Self.dtxSamples
        isHeldBack = repeatedSamples >= format.packetSamples
      }
      return
    }
    isHeldBack = false
    repeatedSamples = 0
    encodeCount += 1
    switch format.codec {
    case .opus: encodeOpus(from: start)
    case .pcmu: encodeG711(.muLaw, from: start)
    case .pcma: encodeG711(.aLaw, from: start)
    }
  }

  /// Whether DTX keeps the packets of this tick back.
  private(set) var isHeldBack = false

  private mutating func encodeOpus(from start: Int) {
    let channels = format.layout.count
    let offset = packetCount * Self.largestPacketBytes
    let range = start * channels..<(start + format.packetSamples) * channels
    let size = Self.encode(pending, range, by: &opus!, into: &packets, at: offset)
    // At most two bytes need not be sent (opus.h).
    isHeldBack = format.usesDTX && size <= OpusEncoder.largestUnsentPacketBytes
    ranges[packetCount] = offset..<offset + size
  }

  private static func encode(
    _ pending: borrowing SampleBuffer, _ range: Range<Int>, by opus: inout OpusEncoder,
    into packets: inout FixedArray<UInt8>, at offset: Int
  ) -> Int {
    var room = packets.mutableSpan(offset..<offset + largestPacketBytes)
    // It refuses wrong lengths only.
    return (try? opus.encode(pending.span(range), into: &room)) ?? 0
  }

  private mutating func encodeG711(_ law: G711, from start: Int) {
    let count = format.packetSamples / Self.narrowing
    let offset = packetCount * count
    let produced = Self.narrow(pending, start..<start + format.packetSamples, by: &resampler!, into: narrow)
    // 48 kHz is six times 8 kHz: whole packets give whole packets.
    Self.encode(narrow, min(count, produced), by: law, into: &packets, at: offset)
    ranges[packetCount] = offset..<offset + count
  }

  private static func narrow(
    _ wide: borrowing SampleBuffer, _ range: Range<Int>, by resampler: inout LiveResampler,
    into narrow: borrowing SampleBuffer
  ) -> Int {
    var out = narrow.mutableSpan
    return resampler.process(wide.span(range), into: &out).producedFrames
  }

  private static func encode(
    _ narrow: borrowing SampleBuffer, _ count: Int, by law: G711, into packets: inout FixedArray<UInt8>, at offset: Int
  ) {
    var room = packets.mutableSpan(offset..<offset + count)
    law.encode(narrow.span(0..<count), into: &room)
  }
}
