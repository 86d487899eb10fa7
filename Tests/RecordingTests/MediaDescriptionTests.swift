import RTC
import Conference
import MediaBase
import Recording
import Testing

/// What is read of session descriptions, and how little is believed.
@Suite struct MediaDescriptionTests {
  func read(_ text: String) -> [MediaDescription] {
    let bytes = Array(text.utf8)
    return MediaDescription.read(bytes.span)
  }

  @Test func whatAReplayNeedsIsRead() throws {
    let media = read(
      """
      v=0
      o=- 1 1 IN IP4 192.0.2.1
      c=IN IP4 192.0.2.1/127
      m=audio 5004/2 RTP/AVP 0 8 111 101
      a=rtpmap:111 OPUS/48000/2
      a=rtpmap:101 telephone-event/8000
      a=extmap:3/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level
      m=video 6000 RTP/SAVPF 96
      c=IN IP6 2001:db8::7
      a=rtpmap:96 H264/90000
      m=audio 7000 RTP/AVP 8
      a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA
      """)
    #expect(media.map(\.kind) == ["audio", "video", "audio"])
    #expect(media[0].address == place(1) && media[2].address == place(1, 7_000))
    #expect(media[1].address == TransportAddress("2001:db8::7", port: 6_000))
    #expect(media[0].formats.keys.sorted() == [0, 8, 101, 111])
    #expect(media[0].formats[111]?.use == .voice(.opus) && media[0].formats[101]?.use == .telephoneEvent)
    #expect(media[0].audioLevelExtension == 3)
    #expect(media.map(\.isEncrypted) == [false, true, true])
  }

  @Test(arguments: [
    "", "v=0", "m=", "m=audio", "m=audio 5004", "m=audio 0 RTP/AVP 0", "m=audio 70000 RTP/AVP 0", "m=audio x RTP/AVP 0",
    "a=rtpmap:0 PCMU/8000", "c=IN IP4 192.0.2.1",
  ])
  func whatIsNoMediumIsNone(text: String) {
    #expect(read(text).isEmpty)
  }

  @Test(arguments: [
    "a=rtpmap:", "a=rtpmap:128 opus/48000/2", "a=rtpmap:-1 opus/48000", "a=rtpmap:111 opus", "a=rtpmap:111 opus/0",
    "a=rtpmap:111 opus/48000/0", "a=rtpmap:111 /48000", "a=rtpmap:111  ", "a=extmap:0 urn", "a=extmap:15 urn", "c=IN",
    "x",
    "=", "a=rtpmap:111 opus/99999999999999999999",
  ])
  func aWrongLineIsPassedOver(line: String) {
    let media = read("m=audio 5004 RTP/AVP 0\r\n\(line)\r\na=rtpmap:97 opus/48000/2")
    #expect(media.count == 1 && media[0].formats.keys.sorted() == [0, 97] && media[0].audioLevelExtension == nil)
  }

  @Test func nothingGrowsBeyondItsBounds() {
    let many = String(repeating: "m=audio 5004 RTP/AVP 0\n", count: 1_000)
    #expect(read(many).count == MediaDescription.mostMedia)
    let types = (0..<128).map { "a=rtpmap:\($0) x/8000\n" }.joined()
    #expect(read("m=audio 5004 RTP/AVP 0\n" + types)[0].formats.count == MediaDescription.mostFormats)
    #expect(read("m=audio 5004 RTP/AVP 0\n" + String(repeating: "a", count: MediaDescription.mostBytes)).isEmpty)
  }

  @Test(arguments: [
    ("opus/48000/2", LegFormat.Codec?.some(.opus)), ("opus/48000", .opus), ("Opus/16000/2", nil), ("PCMA/8000", .pcma),
    ("pcmu/8000/1", .pcmu), ("PCMU/16000", nil), ("G722/8000", nil), ("L16/44100/2", nil),
  ])
  func theBridgesCodecsAreKnownByName(text: String, codec: LegFormat.Codec?) throws {
    let format = try #require(PayloadFormat(text))
    #expect(format.use == codec.map { .voice($0) } ?? .none)
  }
}
