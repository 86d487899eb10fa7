import RTC
import Testing

@Suite struct PeerOfferTests {
  @Test(arguments: SampleOffers.names) func everyBrowsersOfferCanBeUsed(name: String) throws {
    let offer = try SampleOffers.offer(SampleOffers.text(name))
    #expect(offer.codec == .opus)
    #expect(offer.role == .server)
    #expect(offer.opus.usesFEC)
    #expect(offer.audioLevelExtension == 1 || name.hasPrefix("chromium-video"))
    #expect(offer.midExtension != nil)
    #expect(offer.fingerprint.bytes.count == 32)
  }

  @Test func chromiumsOfferIsReadWhole() throws {
    let offer = try SampleOffers.offer(SampleOffers.text("chromium-audio"))
    #expect(offer.payloadType == 111)
    #expect(offer.telephoneEventPayloadType == 110)
    #expect(offer.midExtension == 4)
    #expect(offer.credentials.usernameFragment == "10Gf")
    #expect(offer.credentials.password == "8X50ZoFVAuSnmG6geZkdIW1R")
    #expect(offer.direction == .sendrecv)
    #expect(offer.opus.leastPacketMilliseconds == 10)
    #expect(!offer.opus.wantsStereo)
  }

  @Test func firefoxWantsStereoAndHasTelephoneEventsOfAnotherClock() throws {
    let offer = try SampleOffers.offer(SampleOffers.text("firefox-audio-data"))
    #expect(offer.payloadType == 109)
    #expect(offer.opus.wantsStereo)
    #expect(offer.opus.mostPlaybackRate == 48_000)
    // Those offered count at 8 kHz, and Opus at 48.
    #expect(offer.telephoneEventPayloadType == nil)
  }

  @Test func aListenerReceivesOnly() throws {
    #expect(try SampleOffers.offer(SampleOffers.text("chromium-recvonly")).direction == .recvonly)
  }

  /// What is wrong, made of a right offer by exchanging one text for another.
  @Test(arguments: [
    ("v=0", "v=1", PeerOfferError.unreadable(.noDescription)), ("m=audio 55440", "m=audio 0", .noAudio),
    ("m=audio", "m=video", .noAudio), ("m=audio 55440", "m=audio x", .unreadable(.badMedia(0))),
    ("UDP/TLS/RTP/SAVPF", "RTP/AVP", .noSRTP), ("SAVPF 111 63 9 0 8", "SAVPF 63 9", .noCodec),
    ("a=rtcp-mux", "a=x", .noMultiplexing), ("a=ice-ufrag:10Gf", "a=ice-ufrag:1", .noCredentials),
    ("a=ice-pwd", "a=x", .noCredentials), ("sha-256", "sha-1", .noFingerprint),
    ("02:17:7A", "02:17:+7", .noFingerprint), ("a=setup:actpass", "a=setup:holdconn", .noRole),
    ("a=sendrecv", "a=inactive", .inactive),
  ])
  func whatIsMissingIsNamed(old: String, new: String, error: PeerOfferError) throws {
    let text = try SampleOffers.text("chromium-audio").replacing(old, with: new)
    #expect(throws: error) { try SampleOffers.offer(text) }
    #expect(!error.description.isEmpty)
  }

  @Test func withoutOpusTheFirstOfG711IsTaken() throws {
    let text = try SampleOffers.text("chromium-audio").replacing("SAVPF 111 63 9 0 8", with: "SAVPF 63 9 8 0")
    let offer = try SampleOffers.offer(text)
    #expect(offer.codec == .pcma)
    #expect(offer.payloadType == 8)
    #expect(offer.telephoneEventPayloadType == 126)
  }

  @Test func theStrongestFingerprintIsTaken() throws {
    let long = Array(repeating: "AB", count: 64).joined(separator: ":")
    let text = try SampleOffers.text("chromium-audio").replacing(
      "a=setup:", with: "a=fingerprint:SHA-512 \(long)\r\na=setup:")
    #expect(try SampleOffers.offer(text).fingerprint.algorithm == .sha512)
  }

  /// RFC 9143, 7.1.3: a section that is there only in the bundle leaves the transport to the section that speaks for it.
  @Test func aBundledSectionIsReachedByTheOneThatSpeaksForIt() throws {
    let lines = try SampleOffers.text("chromium-video-first-max-data").split(separator: "\r\n")
    let audio = try #require(lines.firstIndex { $0.hasPrefix("m=audio") })
    let transport = ["a=ice-", "a=fingerprint", "a=setup", "a=rtcp-mux"]
    let text = lines.enumerated().compactMap { index, line -> String? in
      if index == audio { return line.replacing("m=audio 9", with: "m=audio 0") + "\r\na=bundle-only" }
      return index > audio && transport.contains(where: { line.hasPrefix($0) }) ? nil : String(line)
    }.joined(separator: "\r\n")
    let offer = try SampleOffers.offer(text)
    #expect(offer.audioIndex == 1)
    #expect(offer.credentials.usernameFragment == "+eL3")
  }

  @Test func extensionsAboveFourteenAreNotAnswered() throws {
    let text = try SampleOffers.text("chromium-audio").replacing("a=extmap:1 urn", with: "a=extmap:15 urn")
    #expect(try SampleOffers.offer(text).audioLevelExtension == nil)
  }

  @Test(arguments: [("passive", DTLSRole.client), ("active", .server), ("actpass", .server)])
  func weWaitUnlessTheyDo(setup: String, role: DTLSRole) throws {
    let text = try SampleOffers.text("chromium-audio").replacing("setup:actpass", with: "setup:\(setup)")
    #expect(try SampleOffers.offer(text).role == role)
  }

  @Test func anOfferWithoutEndIsRefused() {
    let many = "v=0\r\n" + String(repeating: "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", count: 33)
    #expect(throws: PeerOfferError.unreadable(.tooMuch(limit: 32))) { try SampleOffers.offer(many) }
    let long = "v=0\r\n" + String(repeating: "a=x\r\n", count: 20_000)
    #expect(throws: PeerOfferError.unreadable(.noDescription)) { try SampleOffers.offer(long) }
  }
}
