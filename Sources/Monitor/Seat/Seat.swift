import AudioCodecs
import MediaBase
import RTC

/// One leg seen from its own end: what a member of a room hears and says, as frames of 20 ms.
///
/// ```
/// receive ─ statistics ─ JitterBuffer ─ Voice ─▶ listen, each tick
/// speak, each tick ─ OpusEncoder, level ─▶ RTP          report ─▶ RTCP, when it is due
/// ```
/// Takes datagrams and the time, gives back sound and datagrams: knows no socket, clock or thread. Owned by a `SeatThread`,
/// whose thread alone may touch it. About 200 KB; nothing but `init` allocates.
public struct Seat: ~Copyable {
  /// What was agreed on.
  public let settings: SeatSettings
  /// When the last good packet came; `nil` before the first.
  public private(set) var lastArrival: PacketTime?
  /// Whether the bridge said goodbye (RFC 3550, 6.6).
  public private(set) var isOver = false

  private var pool = PacketPool(blocks: poolBlocks)
  private var buffer = JitterBuffer(codec: .opus, frame: .ms20)
  private var voice: Voice
  private var reception = ReceptionStatistics(clockRate: AudioRate.samplesPerSecond)
  private var sending = SendingStatistics(clockRate: AudioRate.samplesPerSecond)
  private var encoder: OpusEncoder
  private var sequence: SequenceNumber
  private var timestamp: RTPTimestamp
  private var wasSilent = true
  private var schedule: RTCPSchedule
  private var random: SeededGenerator
  private let clock: NTPClock
  private static let silence = [Float](repeating: 0, count: frameSamples)

  /// Samples in a frame and channel.
  public static let frameSamples = FrameDuration.ms20.samples
  /// The most bytes that `speak` and `report` write.
  public static let largestPacketBytes = 1_500
  /// A second of packets, and as many again.
  private static let poolBlocks = 128
  private static let bitsPerSecond = 48_000

  /// A seat that has heard nothing yet.
  ///
  /// - Parameter clock: what RTCP's times are told by.
  public init(_ settings: SeatSettings, joining now: PacketTime, clock: NTPClock) throws(SeatError) {
    self.init(
      settings, joining: now, clock: clock, voice: try Self.makeVoice(settings.layout), encoder: try Self.makeEncoder())
  }

  private init(
    _ settings: SeatSettings, joining now: PacketTime, clock: NTPClock, voice: consuming Voice,
    encoder: consuming OpusEncoder
  ) {
    self.settings = settings
    self.clock = clock
    self.voice = voice
    self.encoder = encoder
    sequence = SequenceNumber(rawValue: settings.firstSequence)
    timestamp = RTPTimestamp(rawValue: settings.firstTimestamp)
    random = SeededGenerator(seed: UInt64(settings.localSSRC.rawValue) << 32 | UInt64(settings.firstTimestamp))
    schedule = RTCPSchedule(joining: now, sessionBitsPerSecond: Self.bitsPerSecond, generator: &random)
  }

  private static func makeVoice(_ layout: ChannelLayout) throws(SeatError) -> Voice {
    do throws(VoiceError) { return try Voice(layout: layout, frame: .ms20) } catch { throw .outOfMemory }
  }

  private static func makeEncoder() throws(SeatError) -> OpusEncoder {
    var settings = OpusEncoderSettings()
    settings.bitrate = .bitsPerSecond(bitsPerSecond)
    settings.complexity = 8
    settings.signal = .voice
    settings.usesInbandFEC = true
    settings.expectedLossPercent = 5
    do throws(OpusError) {
      return try OpusEncoder(layout: .mono, application: .voip, settings: settings)
    } catch { throw .outOfMemory }
  }

  // MARK: Hearing

  /// Takes a datagram that came from the bridge; what it is not to get is passed over.
  public mutating func receive(_ datagram: Span<UInt8>, at arrival: PacketTime) {
    switch PacketClass(of: datagram) {
    case .rtp: receiveRTP(datagram, at: arrival)
    case .rtcp: receiveRTCP(datagram, at: arrival)
    case .stun, .dtls, .unknown: break
    }
  }

  private mutating func receiveRTP(_ packet: Span<UInt8>, at arrival: PacketTime) {
    guard let header = try? RTPHeader(parsing: packet), header.ssrc == settings.remoteSSRC,
      header.payloadType == settings.payloadType
    else { return }
    switch reception.receive(header, at: arrival) {
    case .refused, .packet(.probation), .packet(.jump): return
    case .newSource, .packet: break
    }
    lastArrival = arrival
    let received = ReceivedPacket(
      ssrc: header.ssrc, sequence: header.sequenceNumber, timestamp: header.timestamp, isMarked: header.isMarked,
      arrival: arrival)
    _ = buffer.insert(received, payload: header.payload(of: packet), pool: &pool)
  }

  private mutating func receiveRTCP(_ datagram: Span<UInt8>, at arrival: PacketTime) {
    guard var reader = try? RTCPReader(datagram) else { return }
    schedule.noteReceived(bytes: datagram.count)
    while let packet = reader.next() {
      switch packet {
      case .report(let report):
        guard let info = report.info else { continue }
        reception.noteSenderReport(from: report.sender, time: info.time, at: arrival)
      case .goodbye(let goodbye):
        if goodbye.names(settings.remoteSSRC) { isOver = true }
      case .sourceDescription, .extendedReport, .feedback, .other, .malformed: break
      }
    }
  }

  /// Gives the frame that is to be heard at the tick due at `now`: `frameSamples` of each channel, interleaved.
  @discardableResult
  public mutating func listen(at now: PacketTime, into frame: inout MutableSpan<Float>) -> RenderedFrame {
    voice.render(from: &buffer, pool: &pool, now: now, into: &frame)
  }

  /// How the bridge's packets come.
  public var quality: SeatQuality {
    let played = buffer.statistics
    return SeatQuality(
      packetsReceived: reception.packetsReceived, packetsLost: max(0, reception.packetsLost),
      samplesConcealed: played.samplesConcealed, depthMilliseconds: played.depthMilliseconds)
  }

  // MARK: Saying

  /// Encodes a frame of one channel and writes its packet; returns the packet's length, 0 where there is none to send.
  ///
  /// Who is muted goes on sending: silence, at the level of silence, so that the bridge sees them there.
  public mutating func speak(
    _ frame: Span<Float>, isMuted: Bool, at now: PacketTime, into packet: inout MutableSpan<UInt8>
  ) -> Int {
    precondition(frame.count == Self.frameSamples, "a frame of \(frame.count) samples")
    let level = isMuted ? AudioLevel(belowOverload: 127, isVoice: false) : Self.level(of: frame)
    let header = RTPHeader(
      payloadType: settings.payloadType, isMarked: wasSilent && level.isVoice, sequenceNumber: sequence,
      timestamp: timestamp, ssrc: settings.localSSRC)
    guard let start = try? header.write(into: &packet, audioLevel: (level, settings.audioLevelExtension)) else {
      return 0
    }
    var payload = packet._mutatingExtracting(start..<packet.count)
    let bytes =
      isMuted
      ? Self.encode(Self.silence.span, by: &encoder, into: &payload) : Self.encode(frame, by: &encoder, into: &payload)
    guard let bytes else { return 0 }
    sending.noteSent(timestamp, payloadBytes: bytes, at: now)
    sequence = SequenceNumber(rawValue: sequence.rawValue &+ 1)
    timestamp = RTPTimestamp(rawValue: timestamp.rawValue &+ UInt32(Self.frameSamples))
    wasSilent = !level.isVoice
    return start + bytes
  }

  private static func encode(
    _ frame: Span<Float>, by encoder: inout OpusEncoder, into payload: inout MutableSpan<UInt8>
  ) -> Int? {
    try? encoder.encode(frame, into: &payload)
  }

  /// RFC 6464: rms, against a full-scale square wave.
  private static func level(of frame: Span<Float>) -> AudioLevel {
    var power: Float = 0
    for index in frame.indices { power += frame[index] * frame[index] }
    let level = Decibels(power: Double(power) / Double(frame.count))
    return AudioLevel(dBov: level, isVoice: level > Decibels(-50))
  }

  // MARK: Reporting

  /// Writes the report that is due at `now`; returns its length, 0 where none is (RFC 3550, 6.3).
  public mutating func report(at now: PacketTime, into packet: inout MutableSpan<UInt8>) -> Int {
    guard now >= schedule.nextReport else { return 0 }
    let info = sending.senderInfo(at: now, clock: clock)
    let block = reception.takeReportBlock(at: now)
    var writer = RTCPWriter(packet._mutatingExtracting(0..<packet.count))
    writer.writeReport(from: settings.localSSRC, info: info, block: block)
    let ssrc = settings.localSSRC.rawValue
    // RFC 3550, 6.5.1: one's own, and the same as long as one is there. The SSRC in hexadecimal digits.
    let name = InlineArray<8, UInt8> { index in
      let digit = UInt8(truncatingIfNeeded: ssrc >> UInt32(28 - 4 * index)) & 0xf
      return digit < 10 ? 0x30 + digit : 0x57 + digit
    }
    writer.writeSourceDescription(of: settings.localSSRC, cname: name.span)
    guard let bytes = try? writer.finish() else { return 0 }
    schedule.noteSent(bytes: bytes, at: now, generator: &random)
    return bytes
  }
}

/// Why a seat could not be made.
public enum SeatError: Error, Hashable, Sendable {
  /// No memory for a codec.
  case outOfMemory
}

/// How a seat's packets come: counts since it joined, and where it stands.
public struct SeatQuality: Sendable, Hashable {
  /// Packets that came in time to be counted.
  public var packetsReceived: UInt64 = 0
  /// Missing by RFC 3550 A.3.
  public var packetsLost: Int64 = 0
  /// Samples at 48 kHz invented for what was missing.
  public var samplesConcealed: UInt64 = 0
  /// How long the jitter buffer holds a packet now.
  public var depthMilliseconds: Float = 0
}
