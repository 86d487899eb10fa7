import AudioCodecs
import Conference
import RTC
import Testing

/// How a room's mixes are encoded: told by the first byte of each packet (RFC 6716, 3.1).
@Suite struct EncodingTests {
  private static func conference(_ encoding: RoomSettings.Encoding) throws -> (VirtualConference, VirtualLeg) {
    let conference = VirtualConference(RoomSettings(encoding: encoding))
    let talker = try conference.join(), listener = try conference.join()
    talker.say(HandOverTests.babble(seconds: 4))
    return (conference, listener)
  }

  /// Configurations 16 to 31 are CELT alone.
  private static func isCELT(_ payload: [UInt8]) -> Bool { payload[0] >> 3 >= 16 }

  /// RFC 3550, 6.4.2: a receiver report of a quarter of our packets lost.
  private static func report(from leg: VirtualLeg) -> [UInt8] {
    let source = (0..<4).map { UInt8(truncatingIfNeeded: leg.ssrc.rawValue >> UInt32(24 - 8 * $0)) }
    return [0x81, 201, 0, 7, 0xab, 0xc0, 0, 2] + source + [64] + [UInt8](repeating: 0, count: 19)
  }

  @Test func speechIsHybridAndMusicIsCELT() throws {
    for encoding in RoomSettings.Encoding.allCases {
      let (conference, listener) = try Self.conference(encoding)
      conference.run(ticks: 60)
      #expect(listener.payloads.suffix(40).allSatisfy { Self.isCELT($0) == (encoding != .speech) }, "\(encoding)")
      #expect(Sounds.amplitude(of: 140, in: listener.heard.suffix(24_000)) > 0.005, "\(encoding)")
    }
  }

  /// CELT has no FEC; asking libopus for it would bring the speech modes back.
  @Test func lossBringsFECToSpeechAndLeavesMusicWhatItIs() throws {
    for encoding in RoomSettings.Encoding.allCases {
      let (conference, listener) = try Self.conference(encoding)
      conference.run(ticks: 20)
      var report = Self.report(from: listener)
      var bytes = report.mutableSpan
      conference.room.receive(
        &bytes, from: listener.settings.remote, for: listener.index, at: conference.now, pool: &conference.pool)
      conference.run(ticks: 100)
      #expect(conference.quality(of: listener)?.reportedLossFraction == 0.25)
      let last = listener.payloads.suffix(80)
      let carryFEC = try last.count { payload in try OpusPacket(inspecting: payload.span).carriesFEC }
      #expect(encoding == .speech ? carryFEC > 60 : carryFEC == 0, "\(encoding): \(carryFEC)")
      #expect(last.allSatisfy { Self.isCELT($0) == (encoding != .speech) }, "\(encoding)")
      // Their packets are made for loss, and those of others are not: two streams.
      #expect(conference.room.quality.encodesShared >= 118, "\(encoding)")
    }
  }

  /// Under load CELT is cheaper and better than the speech modes with the least effort; but it has no FEC.
  @Test func aCoreThatShedsEncodesSpeechAsCELTWhereNothingIsLost() throws {
    let (conference, listener) = try Self.conference(.speech)
    let lossy = try conference.join()
    conference.run(ticks: 20)
    var report = Self.report(from: lossy)
    var bytes = report.mutableSpan
    conference.room.receive(
      &bytes, from: lossy.settings.remote, for: lossy.index, at: conference.now, pool: &conference.pool)
    conference.run(ticks: 20)
    conference.room.shed(.complexity, at: conference.now)
    conference.run(ticks: 40)
    #expect(listener.payloads.suffix(35).allSatisfy(Self.isCELT))
    let carryFEC = try lossy.payloads.suffix(35).count { try OpusPacket(inspecting: $0.span).carriesFEC }
    #expect(carryFEC > 25, "\(carryFEC)")
    conference.room.shed(.none, at: conference.now)
    conference.run(ticks: 40)
    #expect(listener.payloads.suffix(35).allSatisfy { !Self.isCELT($0) })
    #expect(listener.headers.count == 120)
  }

  @Test func aStreamGoesOnThroughHandOversInEveryEncoding() throws {
    for encoding in RoomSettings.Encoding.allCases {
      let conference = VirtualConference(RoomSettings(encoding: encoding))
      let speaker = try conference.join(), cougher = try conference.join()
      try conference.join()
      speaker.say(HandOverTests.babble(seconds: 8))
      cougher.keepsSending = true
      conference.run(ticks: 100)
      cougher.say(Sounds.tone(300, seconds: 0.1, amplitude: 0.001))
      conference.run(ticks: 200)
      #expect(cougher.headers.count == 300, "\(encoding)")
      for (before, after) in zip(cougher.headers, cougher.headers.dropFirst()) {
        #expect(after.sequenceNumber.distance(from: before.sequenceNumber) == 1)
      }
    }
  }
}
