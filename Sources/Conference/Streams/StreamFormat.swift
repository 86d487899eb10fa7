import AudioCodecs
import MediaBase

/// All that decides how a mix becomes packets: listeners with equal ones hear the same packets.
struct StreamFormat: Hashable {
  let codec: LegFormat.Codec
  let layout: ChannelLayout
  let encoding: RoomSettings.Encoding
  /// Samples at 48 kHz of one packet, per channel.
  let packetSamples: Int
  let bitsPerSecond: Int
  let usesDTX: Bool
  let protection: LossProtection

  /// A leg's own wishes, in a room of those settings: what the room mixes as mono is sent as mono.
  init(_ format: LegFormat, room: RoomSettings, protection: LossProtection) {
    codec = format.codec
    packetSamples = format.packet.samples
    guard format.codec == .opus else {
      (layout, bitsPerSecond, usesDTX, self.protection) = (.mono, 64_000, false, .none)
      encoding = .speech
      return
    }
    encoding = room.encoding
    layout = room.layout == .mono ? .mono : format.layout
    bitsPerSecond = format.bitsPerSecond
    usesDTX = format.usesDTX
    self.protection = format.usesFEC && packetSamples >= Self.shortestForFEC ? protection : .none
  }

  /// Opus writes FEC with SILK, which has no frames below 10 ms (RFC 6716, 2.1.7).
  private static var shortestForFEC: Int { PacketDuration.ms10.samples }

  /// What an encoder is made for. Below 10 ms Opus has no voice mode to give up, and without one it is 4 ms faster.
  var application: OpusApplication {
    packetSamples < Self.shortestForFEC ? .restrictedLowDelay : encoding.application
  }

  /// Whether one encoder can go on with the other's stream: all but the bit rate, DTX and FEC are alike.
  func isInterchangeable(with other: StreamFormat) -> Bool {
    codec == other.codec && layout == other.layout && packetSamples == other.packetSamples
      && encoding == other.encoding
  }

  /// The encoder's settings; the effort is the core's to choose.
  func encoderSettings(effort: EncodingEffort) -> OpusEncoderSettings {
    var settings = OpusEncoderSettings()
    settings.bitrate = .bitsPerSecond(bitsPerSecond)
    settings.complexity = effort == .ordinary ? 5 : 0
    // At complexity 0 the speech modes take four times what CELT takes, and are heard to be worse (docs/opus-modes.md). Told
    // that it is music, libopus takes CELT from 22 kbit/s on. Legs with loss stay with what carries FEC.
    settings.signal = effort == .least && protection == .none ? .music : .automatic
    settings.usesDTX = usesDTX
    // Only the speech modes have it. Asked for in a music room, it would bring libopus back to them for every leg with loss.
    settings.usesInbandFEC = encoding == .speech && protection != .none
    settings.expectedLossPercent = protection.expectedLossPercent
    return settings
  }
}

/// What a core spends on encoding.
enum EncodingEffort: Hashable {
  /// Complexity 5, in the modes that suit the room.
  case ordinary
  /// What a core sheds to first.
  case least
}

extension RoomSettings.Encoding {
  /// What the encoder is made for.
  var application: OpusApplication {
    switch self {
    case .speech: .voip
    case .music: .audio
    case .lowDelay: .restrictedLowDelay
    }
  }
}

/// How much loss the packets are made for. A few steps and not a number, so that listeners can share packets.
enum LossProtection: Int, Hashable, Comparable, CaseIterable {
  case none, some, strong

  /// What the encoder is told to expect.
  var expectedLossPercent: Int {
    switch self {
    case .none: 0
    case .some: 10
    case .strong: 20
    }
  }

  /// The step for a share of packets reported lost, 0 to 1, coming from this step: down only where there is some room, so
  /// that a leg on the border does not change its packets each time.
  func next(reportedLoss: Float) -> LossProtection {
    let up: LossProtection = reportedLoss > 0.12 ? .strong : (reportedLoss > 0.02 ? .some : .none)
    if up >= self { return up }
    let down: LossProtection = reportedLoss > 0.08 ? .strong : (reportedLoss > 0.01 ? .some : .none)
    return min(self, down)
  }

  static func < (left: LossProtection, right: LossProtection) -> Bool {
    left.rawValue < right.rawValue
  }
}
