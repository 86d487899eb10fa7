import MediaBase

/// What an Opus packet holds, read from its framing without decoding (RFC 6716, 3).
///
/// For whoever has packets but no need of their sound: jitter buffers, statistics, talker selection, the choice between
/// FEC and concealment. Throws exactly where libopus's decoder throws `invalidPacket`. A plain value; reading takes about
/// 20 ns and allocates nothing.
///
///     code 0   |TOC| frame                                 |
///     code 1   |TOC| frame            | frame, equal size  |
///     code 2   |TOC| size 1-2 | frame   | frame            |
///     code 3   |TOC|v|p| M    | [pad 1+] [sizes 0+] M frames [padding]
///                   ^ v: sizes given (VBR), p: padding, M: 1 to 48 frames
public struct OpusPacket: Hashable, Sendable {
  /// The kind of frames.
  public let toc: OpusTOC
  /// Frames in the packet, 1 to 48. A frame may be empty: DTX, or lost on the way here.
  public let frameCount: Int
  /// Bytes of padding at the end, without those that tell how many.
  public let paddingBytes: Int
  /// Bytes of all frames together.
  public let frameBytes: Int
  /// Whether the packet carries a copy of the sound right before it: what `OpusDecoder.decodeFEC` reads.
  public let carriesFEC: Bool

  /// The most sound in a packet: 120 ms, in samples per channel at 48 kHz.
  public static let maximumDurationSamples = 5_760
  /// The most bytes in a frame.
  public static let maximumFrameBytes = 1_275

  /// Samples per channel at 48 kHz: 120 to 5,760, so 2.5 to 120 ms.
  public var durationSamples: Int { frameCount * toc.frameSamples }

  /// Whether all frames are empty: nobody talks, and nothing was sent of it but this.
  public var isSilent: Bool { frameBytes == 0 }

  /// Reads the framing of one whole packet.
  public init(inspecting bytes: Span<UInt8>) throws(OpusPacketError) {
    var framing = try OpusFraming(of: bytes)
    try framing.readFrames()
    toc = framing.toc
    frameCount = framing.frameCount
    paddingBytes = framing.paddingBytes
    frameBytes = framing.frameBytes
    carriesFEC = framing.firstFrameBytes > 0 && toc.announcesFEC(frameStart: bytes[framing.firstFrameOffset])
  }
}

/// Which of the rules of RFC 6716, 3.4 a packet breaks.
public enum OpusPacketError: Error, Hashable, Sendable {
  /// It has no bytes (R1).
  case empty
  /// A frame is longer than 1,275 bytes (R2).
  case frameTooLong
  /// It should hold frames of equal size, and its bytes do not divide (R3, R6).
  case unequalFrames
  /// A size or a frame goes beyond the end (R4, R6, R7).
  case truncated
  /// It says that it holds no frame (R5).
  case noFrames
  /// It says that it holds more than 120 ms (R5).
  case tooLong
}

extension OpusTOC {
  /// Whether the first frame says that a low-bit-rate copy of the sound before (LBRR) is in it.
  ///
  /// A SILK frame starts with flags, each one bit of the range coder's at even odds, so they stand as plain bits: for each
  /// channel one voice flag for every 20 ms, then the LBRR flag (RFC 6716, 4.2.3).
  fileprivate func announcesFEC(frameStart: UInt8) -> Bool {
    guard mode != .celt else { return false }
    let voiceFlags = max(1, frameSamples / 960)
    let middle = frameStart >> (7 - voiceFlags) & 1
    guard layout == .stereo else { return middle == 1 }
    let side = frameStart >> (6 - 2 * voiceFlags) & 1
    return middle == 1 || side == 1
  }
}
