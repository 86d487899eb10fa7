import AudioCodecs
import MediaBase
import Mixing
import RTC

/// How a leg of a member sends and receives: fixed when they join, but for what `MemberChange` changes.
public struct LegSettings: Sendable, Hashable {
  /// What the leg sends and receives.
  public var format: LegFormat
  /// Where our packets go, and the only place where packets are taken from, but for `learnsSource`.
  public var remote: TransportAddress
  /// Where our RTCP goes: with rtcp-mux (RFC 5761) the place of `remote`; else usually the next port.
  public var remoteRTCP: TransportAddress
  /// Symmetric RTP (RFC 4961) for a leg behind NAT: the first good packet's source, once, becomes `remote`. Gives the leg
  /// a port of its own, since an unknown source cannot be told apart on a shared one.
  public var learnsSource: Bool
  /// WebRTC: where the leg is, and what it is keyed with, is found by ICE and DTLS on the media port. `remote`, `remoteRTCP`,
  /// `learnsSource` and `srtp` say nothing then. `nil` for a plain RTP leg.
  public var peer: PeerSettings?
  /// SRTP (RFC 3711) with keys from the signalling (RFC 4568); `nil` sends plain RTP.
  public var srtp: SRTPKeys?
  /// The number of the RFC 6464 level in the packets' header extension, 1 to 14; `nil` where they have none.
  public var audioLevelExtension: Int?
  /// The payload type of telephone events (RFC 4733); `nil` where there are none.
  public var telephoneEventPayloadType: Int?
  /// How their voice enters the mix.
  public var voice: MemberSettings
  /// Whether they are heard at all: a listener's packets are counted and dropped.
  public var canTalk: Bool
  /// Whether they hear the room: a deafened member gets silence.
  public var canHear: Bool

  /// Whether they hear the room's lobby until `RoomChange.admit`.
  public var waits: Bool

  /// An unencrypted leg with the ordinary settings; RTCP on the same port.
  public init(format: LegFormat, remote: TransportAddress) {
    self.format = format
    self.remote = remote
    remoteRTCP = remote
    learnsSource = false
    voice = MemberSettings()
    canTalk = true
    canHear = true
    waits = false
  }

  /// A WebRTC leg.
  public init(format: LegFormat, peer: PeerSettings) {
    self.init(format: format, remote: .unspecified)
    self.peer = peer
  }
}

/// The codec of a leg, and what goes with it. Legs with equal formats share the packets of an equal mix.
public struct LegFormat: Sendable, Hashable {
  /// A codec as its RTP payload format names it.
  public enum Codec: String, Sendable, Hashable, CaseIterable {
    /// RFC 7587, its clock 48,000 ticks a second.
    case opus
    /// G.711 μ-law (RFC 3551, 4.5.14), its clock 8,000 ticks a second.
    case pcmu
    /// G.711 A-law.
    case pcma
  }

  /// Which codec.
  public var codec: Codec
  /// 0 to 127: 0 is PCMU, 8 is PCMA, 96 to 127 what the signalling gave to Opus.
  public var payloadType: Int
  /// Length of each packet that we send. What comes may have any length.
  public var packet: PacketDuration
  /// Channels that we send; Opus only.
  public var layout: ChannelLayout
  /// Bits a second that we send; Opus only.
  public var bitsPerSecond: Int
  /// Whether we send in-band FEC (RFC 6716, 2.1.7) once the leg reports loss; Opus only.
  public var usesFEC: Bool
  /// Whether we stop sending while nobody talks; Opus only.
  public var usesDTX: Bool

  /// A format with the ordinary settings: 20 ms, mono, 32 kbit/s, FEC where it helps, no DTX.
  public init(codec: Codec, payloadType: Int) {
    self.codec = codec
    self.payloadType = payloadType
    packet = .ms20
    layout = .mono
    bitsPerSecond = 32_000
    usesFEC = true
    usesDTX = false
  }

  /// What a stream takes on the wire in one direction with RTP, UDP and IPv4, in bits a second.
  var sessionBitsPerSecond: Int {
    (codec == .opus ? bitsPerSecond : 64_000) + 40 * 8 * AudioRate.samplesPerSecond / packet.samples
  }

  /// Ticks a second of the codec's RTP clock.
  public var clockRate: Int { codec == .opus ? 48_000 : 8_000 }
}
