import AudioCodecs
import Conference
import MediaBase
import RTC
import Testing

/// What changes in a leg's stream while it goes on: DTX while nobody talks, FEC once it reports loss.
@Suite struct StreamChangeTests {
  private static func opus(dtx: Bool = false) -> LegFormat {
    var format = LegFormat(codec: .opus, payloadType: 111)
    format.usesDTX = dtx
    return format
  }

  @Test func aSilentMixIsHeldBackAndComesBackMarked() throws {
    let conference = VirtualConference()
    let talker = try conference.join(), dtx = try conference.join(Self.opus(dtx: true)), plain = try conference.join()
    talker.say(Sounds.tone(440, seconds: 0.5))
    conference.run(ticks: 100)
    let (spoken, all) = (dtx.headers.count, plain.headers.count)
    conference.run(ticks: 200)
    // In 4 s of silence a packet each 400 ms, and every one without DTX.
    #expect(plain.headers.count - all == 200)
    #expect((9...11).contains(dtx.headers.count - spoken), "\(dtx.headers.count - spoken)")
    let quiet = dtx.headers.count
    talker.say(Sounds.tone(1_000, seconds: 1))
    conference.run(ticks: 50)
    #expect(dtx.headers.count - quiet >= 49)
    #expect(abs(Sounds.amplitude(of: 1_000, in: dtx.heard.suffix(24_000)) - 0.2) < 0.03)
    // No number is left out; times jump by what was held back, and what comes behind a gap is marked.
    for (before, after) in zip(dtx.headers, dtx.headers.dropFirst()) {
      #expect(after.sequenceNumber.distance(from: before.sequenceNumber) == 1)
      let ticks = after.timestamp.distance(from: before.timestamp)
      #expect(ticks % 960 == 0 && ticks > 0 && after.isMarked == (ticks > 960))
    }
    let last = try #require(dtx.headers.last).timestamp.distance(from: dtx.headers[0].timestamp)
    #expect(abs(last - 349 * 960) <= 960)
  }

  static func report(_ lost: UInt8, of leg: VirtualLeg, to conference: VirtualConference) throws {
    var bytes = [UInt8](repeating: 0, count: 100)
    var writer = RTCPWriter(bytes.mutableSpan)
    let block = RTCPReportBlock(
      source: leg.ssrc, fractionLost: lost, packetsLost: 0, extendedHighest: 0, jitterTicks: 0, lastSenderReport: 0,
      delaySinceLastSenderReport: 0)
    writer.writeReport(from: SSRC(rawValue: 77), info: nil, block: block)
    let count = try writer.finish()
    var span = bytes.mutableSpan
    var datagram = span._mutatingExtracting(0..<count)
    conference.room.receive(
      &datagram, from: leg.settings.remote, for: leg.index, at: conference.now, pool: &conference.pool)
  }

  private static func carriesFEC(_ payload: [UInt8]) -> Bool {
    (try? OpusPacket(inspecting: payload.span))?.carriesFEC == true
  }

  /// One of three listeners reports a loss of 10 %: they get packets with FEC, in the same stream, and hear no seam.
  @Test func reportedLossMovesAListenerToPacketsWithFEC() throws {
    let conference = VirtualConference()
    let speaker = try conference.join()
    let lossy = try conference.join(), alike = try conference.join(), steady = try conference.join()
    speaker.say(HandOverTests.babble(seconds: 12))
    conference.run(ticks: 100)
    #expect(lossy.payloads == steady.payloads)
    for leg in [lossy, alike] { try Self.report(26, of: leg, to: conference) }
    conference.run(ticks: 150)
    // Not every frame is worth a second copy to the encoder: soft ones have none.
    #expect(lossy.payloads[100..<250].count(where: Self.carriesFEC) > 100)
    #expect(!steady.payloads.contains(where: Self.carriesFEC))
    #expect(lossy.payloads == alike.payloads, "who loses alike shares one encode")
    #expect(conference.quality(of: lossy)?.reportedLossFraction == Float(26) / 256)
    try Self.report(0, of: lossy, to: conference)
    conference.run(ticks: 150)
    #expect(lossy.payloads[350..<400].elementsEqual(steady.payloads[350..<400]))
    let stillProtected = alike.payloads[350..<400].count(where: Self.carriesFEC)
    #expect(stillProtected > 30)
    for (before, after) in zip(lossy.headers, lossy.headers.dropFirst()) {
      #expect(after.sequenceNumber.distance(from: before.sequenceNumber) == 1)
      #expect(after.timestamp.distance(from: before.timestamp) == 960 && after.ssrc == lossy.ssrc)
    }
    // Both encoders had heard the same: at the seams the difference is no more than between two encodes of one sound.
    let ratios = HandOverTests.frameRatios(lossy.heard, against: steady.heard)
    let apart = ratios[120..<240].sorted()[60]
    #expect(apart > 10)
    for seam in [100, 250] {
      #expect(ratios[seam..<seam + 3].min()! > apart - 4, "\(ratios[seam..<seam + 3]), \(apart)")
    }
  }
}
