import COpus
import MediaBase

/// An Opus decoder (RFC 6716): turns packets into 48 kHz float sound, and fills in for packets that are missing.
///
/// One for each stream that is heard. Every packet's time is to be accounted for once, in order: by `decode`, or where it
/// is lost by `decodeFEC` from the packet behind it, or by `conceal`.
///
/// One owner, one thread at a time. `init` allocates 18 to 27 KB; every other call allocates nothing. A packet of
/// 20 ms of mono takes 25 to 50 µs. No bytes can make it trap: what is no Opus packet throws `invalidPacket` and leaves
/// the decoder as it was.
public struct OpusDecoder: ~Copyable {
  /// Channels of the sound that comes out, whatever the packets carry: mono goes to both, stereo is mixed down.
  public let layout: ChannelLayout

  private let decoder: OpaquePointer

  /// The most sound one packet holds: 120 ms, in samples per channel.
  public static let largestPacketSamples = OpusPacket.maximumDurationSamples
  /// Lost time is filled in steps of 2.5 ms: 120 samples per channel.
  public static let concealmentStepSamples = 120

  /// A decoder that has heard nothing yet.
  public init(layout: ChannelLayout) throws(OpusError) {
    var status: Int32 = 0
    let created = opus_decoder_create(Int32(AudioRate.samplesPerSecond), Int32(layout.count), &status)
    guard let created else { throw OpusError(code: status) ?? .allocationFailed }
    decoder = created
    self.layout = layout
  }

  deinit {
    opus_decoder_destroy(decoder)
  }

  /// Decodes a packet to the front of `samples` and returns its duration in samples per channel, 120 to 5,760.
  ///
  /// - Parameters:
  ///   - packet: one whole packet. An empty one throws `invalidPacket`: loss is `conceal`'s.
  ///   - samples: interleaved; `largestPacketSamples` times the channels hold any packet. The sound may pass full scale.
  /// - Throws: `invalidPacket`; `bufferTooSmall`, with nothing decoded.
  public mutating func decode(
    _ packet: Span<UInt8>, into samples: inout MutableSpan<Float>
  ) throws(OpusError) -> Int {
    try run(packet, frames: samples.count / layout.count, into: &samples, isFEC: false)
  }

  /// Fills in for what was lost before `next` from the copy that `next` carries of it (RFC 6716, 2.1.7), and conceals
  /// what the copy does not cover. `next` itself is to be decoded afterwards, as ever.
  ///
  /// - Parameters:
  ///   - next: the packet right after the loss. The copy in it is as long as one of its frames, and stands for the end of
  ///     the loss. Without a copy (`OpusPacket.carriesFEC`), or where less than its length is lost, all is concealed.
  ///   - lostSamples: the time to fill, in samples per channel: whole steps of 2.5 ms, up to what `samples` holds.
  /// - Returns: `lostSamples`.
  public mutating func decodeFEC(
    from next: Span<UInt8>, lostSamples: Int, into samples: inout MutableSpan<Float>
  ) throws(OpusError) -> Int {
    try checkConcealment(of: lostSamples, into: samples.count)
    return try run(next, frames: lostSamples, into: &samples, isFEC: true)
  }

  /// Fills in for a lost packet of which nothing is left: goes on with the last sound, and fades.
  ///
  /// - Parameter lostSamples: the time to fill, in samples per channel: whole steps of 2.5 ms, up to what `samples` holds.
  /// - Returns: `lostSamples`.
  public mutating func conceal(
    lostSamples: Int, into samples: inout MutableSpan<Float>
  ) throws(OpusError) -> Int {
    try checkConcealment(of: lostSamples, into: samples.count)
    let result = samples.withUnsafeMutableBufferPointer { samples in
      opus_decode_float(decoder, nil, 0, samples.baseAddress!, Int32(lostSamples), 0)
    }
    return try OpusError.checked(result)
  }

  /// Forgets the stream, as if new, and keeps the gain.
  public mutating func reset() {
    _ = partyline_opus_decoder_reset(decoder)
  }

  /// Makes all that is decoded louder or softer, at no cost: −128 to +127.996 dB in steps of 1/256 dB, as an Ogg file's
  /// header has it (RFC 7845, 5.1). Throws `badArgument` beyond.
  public mutating func setGain(_ gain: Decibels) throws(OpusError) {
    guard abs(gain.value) <= 128 else { throw .badArgument }
    try set(OPUS_SET_GAIN_REQUEST, Int32((gain.value * 256).rounded()))
  }

  /// What `setGain` set.
  public var gain: Decibels { Decibels(Double(get(OPUS_GET_GAIN_REQUEST)) / 256) }

  /// Decodes stereo without turning one channel around, for sound that will be mixed down to mono.
  public mutating func setPhaseInversionDisabled(_ isDisabled: Bool) throws(OpusError) {
    try set(OPUS_SET_PHASE_INVERSION_DISABLED_REQUEST, isDisabled ? 1 : 0)
  }

  /// What `setPhaseInversionDisabled` set.
  public var isPhaseInversionDisabled: Bool { return get(OPUS_GET_PHASE_INVERSION_DISABLED_REQUEST) != 0 }

  /// Samples per channel of the last packet that was decoded or filled in; 0 before the first.
  public var lastPacketSamples: Int { Int(get(OPUS_GET_LAST_PACKET_DURATION_REQUEST)) }

  /// The bandwidth of the last packet; `nil` before the first.
  public var bandwidth: OpusBandwidth? { OpusBandwidth(libraryValue: get(OPUS_GET_BANDWIDTH_REQUEST)) }

  /// The pitch period of the last frame in samples at 48 kHz; 0 where it has none or none is known.
  public var pitchPeriodSamples: Int { Int(get(OPUS_GET_PITCH_REQUEST)) }

  /// The entropy coder's state after the last packet: equal to the encoder's after the same one, when both are right.
  public var finalRange: UInt32 { UInt32(bitPattern: get(OPUS_GET_FINAL_RANGE_REQUEST)) }

  private func run(
    _ packet: Span<UInt8>, frames: Int, into samples: inout MutableSpan<Float>, isFEC: Bool
  ) throws(OpusError) -> Int {
    // No bytes mean loss to the library, and would be concealed.
    guard !packet.isEmpty, packet.count <= Int(Int32.max) else { throw .invalidPacket }
    guard frames > 0 else { throw .bufferTooSmall }
    let result = packet.withUnsafeBufferPointer { packet in
      samples.withUnsafeMutableBufferPointer { samples in
        opus_decode_float(
          decoder, packet.baseAddress!, Int32(packet.count), samples.baseAddress!, Int32(clamping: frames),
          isFEC ? 1 : 0)
      }
    }
    return try OpusError.checked(result)
  }

  private func checkConcealment(of lostSamples: Int, into capacity: Int) throws(OpusError) {
    guard lostSamples > 0, lostSamples % Self.concealmentStepSamples == 0 else { throw .badArgument }
    guard lostSamples <= min(capacity / layout.count, Int(Int32.max)) else { throw .bufferTooSmall }
  }

  private func get(_ request: Int32) -> Int32 {
    var value: Int32 = 0
    _ = partyline_opus_decoder_get(decoder, request, &value)
    return value
  }

  private func set(_ request: Int32, _ value: Int32) throws(OpusError) {
    _ = try OpusError.checked(partyline_opus_decoder_set(decoder, request, value))
  }
}

// It has one owner, and libopus keeps nothing per thread: it may move to another thread between calls.
extension OpusDecoder: @unchecked Sendable {}
