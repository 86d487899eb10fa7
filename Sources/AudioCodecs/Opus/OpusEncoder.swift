import COpus
import MediaBase

/// An Opus encoder (RFC 6716): turns 48 kHz float frames into packets.
///
/// One for each distinct mix of a room. It remembers what it has encoded: packets of one encoder belong in one stream.
/// One owner, one thread at a time. `init` allocates 44 to 48 KB; every other call allocates nothing. `encode` is the
/// dearest thing a bridge does, 30 to 300 µs for 20 ms of mono, by application and complexity.
public struct OpusEncoder: ~Copyable {
  /// Channels of the sound that goes in.
  public let layout: ChannelLayout
  /// What it was made for.
  public let application: OpusApplication
  /// What was last applied.
  public private(set) var settings: OpusEncoderSettings

  private let encoder: OpaquePointer
  /// Asked once: Debian's libopus asks the processor what it is each time, which takes 20 µs in a virtual machine.
  private let stateBytes: Int

  /// The largest packet there is for what one call takes: six frames of 20 ms with their sizes (RFC 6716, 3.2.5).
  public static let largestPacketBytes = 2 + 5 * 2 + 6 * 1_275
  /// A packet of at most so many bytes holds nothing but its header: it need not be sent (opus.h, `opus_encode`).
  public static let largestUnsentPacketBytes = 2

  /// libopus's name and version, such as "libopus 1.3.1".
  public static var libraryVersion: String { String(cString: opus_get_version_string()) }

  /// An encoder that has heard nothing yet. Throws `badArgument` where a setting is out of range, or `allocationFailed`.
  public init(
    layout: ChannelLayout, application: OpusApplication, settings: OpusEncoderSettings = OpusEncoderSettings()
  ) throws(OpusError) {
    var status: Int32 = 0
    let created = opus_encoder_create(
      Int32(AudioRate.samplesPerSecond), Int32(layout.count), application.libraryValue, &status)
    guard let created else { throw OpusError(code: status) ?? .allocationFailed }
    do {
      try Self.push(settings, to: created)
    } catch {
      opus_encoder_destroy(created)
      throw error
    }
    encoder = created
    stateBytes = Int(opus_encoder_get_size(Int32(layout.count)))
    self.layout = layout
    self.application = application
    self.settings = settings
  }

  deinit {
    opus_encoder_destroy(encoder)
  }

  /// Changes the settings from the next packet on. Where one is refused, all stay as they were.
  public mutating func apply(_ settings: OpusEncoderSettings) throws(OpusError) {
    do {
      try Self.push(settings, to: encoder)
    } catch {
      try Self.push(self.settings, to: encoder)
      throw error
    }
    self.settings = settings
  }

  /// Encodes one packet and returns its bytes, which stand at the front of `packet`.
  ///
  /// - Parameters:
  ///   - samples: interleaved, full scale at ±1, one `OpusFrameDuration` long: with `settings.frameDuration`, that one.
  ///     What goes beyond full scale is kept, and clipped by the listener's decoder or sound card. A frame with a sample
  ///     that is no number is encoded as silence.
  ///   - packet: where the packet goes: `largestPacketBytes` always do; fewer lower the quality until it fits.
  /// - Throws: `badArgument` for another length of sound or an empty `packet`.
  public mutating func encode(
    _ samples: Span<Float>, into packet: inout MutableSpan<UInt8>
  ) throws(OpusError) -> Int {
    let frames = samples.count / layout.count
    guard frames * layout.count == samples.count, OpusFrameDuration(rawValue: frames) != nil else { throw .badArgument }
    // The library would encode the front of a longer input and lose the rest without a word.
    if let duration = settings.frameDuration, duration.samples != frames { throw .badArgument }
    guard !packet.isEmpty else { throw .badArgument }
    let capacity = Int32(clamping: packet.count)
    let result = samples.withUnsafeBufferPointer { samples in
      packet.withUnsafeMutableBufferPointer { packet in
        opus_encode_float(encoder, samples.baseAddress!, Int32(frames), packet.baseAddress!, capacity)
      }
    }
    return try OpusError.checked(result)
  }

  /// Becomes what another encoder of the same channels and application is, its settings included: the next packet goes
  /// on with that one's stream, and a listener's decoder that followed that one follows this one without a seam.
  /// Copies 25 to 50 KB. Throws `badArgument` where the two are not of one kind.
  public mutating func copyState(of other: borrowing OpusEncoder) throws(OpusError) {
    guard layout == other.layout, application == other.application else { throw .badArgument }
    // opus.h: a state is one block of memory, and a shallow copy of it is enough.
    UnsafeMutableRawPointer(encoder).copyMemory(from: UnsafeRawPointer(other.encoder), byteCount: stateBytes)
    settings = other.settings
  }

  /// Forgets what was encoded, as if new, and keeps the settings.
  public mutating func reset() {
    _ = partyline_opus_encoder_reset(encoder)
  }

  /// Samples per channel by which the decoded sound is late: an Ogg file's pre-skip. 312 with delay, 120 without.
  public var lookaheadSamples: Int { Int(get(OPUS_GET_LOOKAHEAD_REQUEST)) }

  /// Whether the last packet was left empty, or was a comfort noise update, because nobody talks.
  public var isInDTX: Bool { return get(OPUS_GET_IN_DTX_REQUEST) != 0 }

  /// The bit rate in force, which `OpusBitrate.automatic` and `.maximum` leave to libopus.
  public var bitsPerSecond: Int { Int(get(OPUS_GET_BITRATE_REQUEST)) }

  /// The bandwidth of the last packet; before the first, fullband.
  public var bandwidth: OpusBandwidth? { OpusBandwidth(libraryValue: get(OPUS_GET_BANDWIDTH_REQUEST)) }

  /// The entropy coder's state after the last packet: equal to the decoder's after the same one, when both are right.
  public var finalRange: UInt32 { UInt32(bitPattern: get(OPUS_GET_FINAL_RANGE_REQUEST)) }

  private func get(_ request: Int32) -> Int32 {
    var value: Int32 = 0
    _ = partyline_opus_encoder_get(encoder, request, &value)
    return value
  }

  private static func push(_ settings: OpusEncoderSettings, to encoder: OpaquePointer) throws(OpusError) {
    func set(_ request: Int32, _ value: Int32) throws(OpusError) {
      _ = try OpusError.checked(partyline_opus_encoder_set(encoder, request, value))
    }
    try set(OPUS_SET_BITRATE_REQUEST, try settings.bitrate.libraryValue())
    try set(OPUS_SET_VBR_REQUEST, settings.rateControl == .constant ? 0 : 1)
    try set(OPUS_SET_VBR_CONSTRAINT_REQUEST, settings.rateControl == .constrainedVariable ? 1 : 0)
    try set(OPUS_SET_COMPLEXITY_REQUEST, Int32(clamping: settings.complexity))
    try set(OPUS_SET_SIGNAL_REQUEST, settings.signal.libraryValue)
    try set(OPUS_SET_MAX_BANDWIDTH_REQUEST, settings.maximumBandwidth.libraryValue)
    try set(OPUS_SET_BANDWIDTH_REQUEST, settings.bandwidth?.libraryValue ?? OPUS_AUTO)
    try set(OPUS_SET_FORCE_CHANNELS_REQUEST, settings.forcedLayout.map { Int32($0.count) } ?? OPUS_AUTO)
    try set(OPUS_SET_INBAND_FEC_REQUEST, settings.usesInbandFEC ? 1 : 0)
    try set(OPUS_SET_PACKET_LOSS_PERC_REQUEST, Int32(clamping: settings.expectedLossPercent))
    try set(OPUS_SET_DTX_REQUEST, settings.usesDTX ? 1 : 0)
    try set(OPUS_SET_LSB_DEPTH_REQUEST, Int32(clamping: settings.inputBitDepth))
    try set(OPUS_SET_EXPERT_FRAME_DURATION_REQUEST, settings.frameDuration?.libraryValue ?? OPUS_FRAMESIZE_ARG)
    try set(OPUS_SET_PREDICTION_DISABLED_REQUEST, settings.isPredictionDisabled ? 1 : 0)
    try set(OPUS_SET_PHASE_INVERSION_DISABLED_REQUEST, settings.isPhaseInversionDisabled ? 1 : 0)
  }
}

// It has one owner, and libopus keeps nothing per thread: it may move to another thread between calls.
extension OpusEncoder: @unchecked Sendable {}

extension OpusApplication {
  fileprivate var libraryValue: Int32 {
    switch self {
    case .voip: OPUS_APPLICATION_VOIP
    case .audio: OPUS_APPLICATION_AUDIO
    case .restrictedLowDelay: OPUS_APPLICATION_RESTRICTED_LOWDELAY
    }
  }
}

extension OpusBitrate {
  fileprivate func libraryValue() throws(OpusError) -> Int32 {
    switch self {
    case .automatic: return OPUS_AUTO
    case .maximum: return OPUS_BITRATE_MAX
    case .bitsPerSecond(let rate):
      // Some numbers below zero have a meaning of their own to the library.
      guard rate > 0 else { throw .badArgument }
      return Int32(clamping: rate)
    }
  }
}

extension OpusSignal {
  fileprivate var libraryValue: Int32 {
    switch self {
    case .automatic: OPUS_AUTO
    case .voice: OPUS_SIGNAL_VOICE
    case .music: OPUS_SIGNAL_MUSIC
    }
  }
}

extension OpusFrameDuration {
  fileprivate var libraryValue: Int32 {
    switch self {
    case .ms2point5: OPUS_FRAMESIZE_2_5_MS
    case .ms5: OPUS_FRAMESIZE_5_MS
    case .ms10: OPUS_FRAMESIZE_10_MS
    case .ms20: OPUS_FRAMESIZE_20_MS
    case .ms40: OPUS_FRAMESIZE_40_MS
    case .ms60: OPUS_FRAMESIZE_60_MS
    case .ms80: OPUS_FRAMESIZE_80_MS
    case .ms100: OPUS_FRAMESIZE_100_MS
    case .ms120: OPUS_FRAMESIZE_120_MS
    }
  }
}

extension OpusBandwidth {
  /// libopus's number for it.
  var libraryValue: Int32 {
    switch self {
    case .narrowband: OPUS_BANDWIDTH_NARROWBAND
    case .mediumband: OPUS_BANDWIDTH_MEDIUMBAND
    case .wideband: OPUS_BANDWIDTH_WIDEBAND
    case .superWideband: OPUS_BANDWIDTH_SUPERWIDEBAND
    case .fullband: OPUS_BANDWIDTH_FULLBAND
    }
  }

  /// `nil` for a number that is no bandwidth, as a decoder gives before its first packet.
  init?(libraryValue: Int32) {
    guard let bandwidth = Self.allCases.first(where: { $0.libraryValue == libraryValue }) else { return nil }
    self = bandwidth
  }
}
