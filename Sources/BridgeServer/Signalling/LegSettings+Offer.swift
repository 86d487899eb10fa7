import Conference
import MediaBase
import RTC

extension LegSettings {
  /// The leg that an offer asks for, in a room of those settings.
  init(_ offer: PeerOffer, in room: RoomSettings) {
    self.init(
      format: LegFormat(offer, in: room),
      peer: PeerSettings(credentials: offer.credentials, fingerprint: offer.fingerprint, role: offer.role))
    audioLevelExtension = offer.audioLevelExtension
    telephoneEventPayloadType = offer.telephoneEventPayloadType
  }
}

extension LegFormat {
  /// Bits a second that a leg gets which does not say: mono and stereo.
  private static let usualBits = (mono: 32_000, stereo: 64_000)

  /// What we send, within what they want and can take.
  init(_ offer: PeerOffer, in room: RoomSettings) {
    let codec: Codec =
      switch offer.codec {
      case .opus: .opus
      case .pcmu: .pcmu
      case .pcma: .pcma
      }
    self.init(codec: codec, payloadType: offer.payloadType)
    packet = Self.packet(of: offer, codec)
    guard codec == .opus else { return }
    // RFC 7587, 6.1: mono unless the receiver prefers stereo.
    layout = room.layout == .stereo && offer.opus.wantsStereo ? .stereo : .mono
    let usual = layout == .stereo ? Self.usualBits.stereo : Self.usualBits.mono
    bitsPerSecond = min(usual, offer.opus.mostBitsPerSecond ?? usual)
    usesFEC = offer.opus.usesFEC
    usesDTX = offer.opus.wantsDTX
  }

  /// The longest packets of the codec that are no longer than wished, 20 ms where nothing is, and within the most.
  private static func packet(of offer: PeerOffer, _ codec: Codec) -> PacketDuration {
    let most = Double(min(offer.packetMilliseconds ?? 20, offer.mostPacketMilliseconds ?? 120))
    return PacketDuration.all(with: codec).last { $0.milliseconds <= most } ?? .ms20
  }
}

extension OpusParameters {
  /// What we want of the Opus that members of a room send.
  mutating func want(_ room: RoomSettings) {
    guard room.layout == .stereo else { return }
    wantsStereo = true
    sendsStereo = true
    mostBitsPerSecond = 128_000
  }
}
