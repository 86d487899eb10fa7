import MediaBase
import Mixing
import RTC

/// What a room keeps of one member besides their sending side: who they are, how they are heard, and what comes from them.
///
/// Part of a room, on its media thread; at most 3 KB with its jitter buffer. The packets themselves are in the media
/// thread's pool.
struct Member: ~Copyable {
  let id: MemberID
  let format: LegFormat
  /// The only place that packets are taken from; `nil` until it is learnt.
  var remote: TransportAddress?
  /// How they joined: what a tap that is put in later tells. Without keys.
  let leg: LegSettings
  /// Whether it is a WebRTC leg, whose path and keys come later.
  let isPeer: Bool
  /// Whether a WebRTC leg's path is there.
  var hasPath = false
  /// Where the leg is to send its packets.
  let local: TransportAddress
  /// Where RTCP goes, and may come from.
  var rtcpRoute: SendRoute
  var voiceSettings: MemberSettings
  var canTalk: Bool
  var canHear: Bool
  let audioLevelExtension: Int?
  let telephoneEventPayloadType: Int?

  var reception: ReceptionStatistics
  var buffer: JitterBuffer
  /// The voice that plays them; −1 where they are not decoded.
  var voice: Int32 = -1
  /// Whether they have a voice of their own, since only decoding tells how loud they are.
  let keepsVoice: Bool
  /// Whether that voice has been made.
  var hasVoiceKept = false
  /// Their place among those who send; −1 where nothing came lately.
  var incomingPlace: Int32 = -1
  /// What their packets claim too much of loudness, in dB, as far as decoding showed: 0 or less.
  var levelCorrection: Float = 0
  /// What they were told to be: talking or not.
  var isTalking = false
  var protection = LossProtection.none
  var quality = LegQuality()
  var reports: RTCPSchedule
  var reference: ReferenceTime?
  /// How their losses lie.
  var losses = LossPattern()
  var keys: TelephoneEventReceiver
  /// Keys on their way to them; `nil` until some were pressed.
  var pressing: KeyQueue?
  var lastPacket: PacketTime?
  /// For how long packets had stayed away when it was told last; 0 where they come.
  var lossToldSeconds = 0
  /// Levels at which they hear others, so many.
  var ownLevels = 0

  init(
    id: MemberID, leg: LegSettings, local: TransportAddress, rtcpSocket: Int32, frame: FrameDuration, keepsVoice: Bool,
    reports: RTCPSchedule
  ) {
    isPeer = leg.peer != nil
    self.reports = reports
    let leg = leg.inTheClear(of: id)
    self.leg = leg
    self.local = local
    keys = TelephoneEventReceiver(clockRate: leg.format.clockRate)
    self.id = id
    format = leg.format
    remote = leg.learnsSource ? nil : leg.remote
    rtcpRoute = SendRoute(address: leg.remoteRTCP, socket: rtcpSocket)
    voiceSettings = leg.voice
    canTalk = leg.canTalk
    canHear = leg.canHear
    audioLevelExtension = leg.audioLevelExtension
    telephoneEventPayloadType = leg.telephoneEventPayloadType
    // The source is known by its address: its first packet is taken.
    reception = ReceptionStatistics(clockRate: leg.format.clockRate, minimumInSequence: 1)
    buffer = JitterBuffer(codec: leg.format.codec.voiceCodec, frame: frame)
    self.keepsVoice = keepsVoice
  }

  /// Whether their own mix differs from the shared one though they do not talk.
  var hearsDifferently: Bool { ownLevels > 0 || !canHear }
}

extension LegFormat.Codec {
  var voiceCodec: VoiceCodec {
    switch self {
    case .opus: .opus
    case .pcmu: .pcmu
    case .pcma: .pcma
    }
  }
}
