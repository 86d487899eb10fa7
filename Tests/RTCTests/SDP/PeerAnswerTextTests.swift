import RTC
import Testing

@Suite struct PeerAnswerTextTests {
  @Test func chromiumIsAnsweredLineByLine() throws {
    let lines = try SampleOffers.answer(SampleOffers.offer(SampleOffers.text("chromium-audio")))
    let fingerprint = (200...231).map { String($0, radix: 16).uppercased() }.joined(separator: ":")
    #expect(
      lines == [
        "v=0", "o=- 9223372036854775807 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite", "a=group:BUNDLE 0",
        "m=audio 20000 UDP/TLS/RTP/SAVPF 111 110", "c=IN IP4 192.0.2.1", "a=mid:0", "a=sendrecv", "a=ice-ufrag:ours",
        "a=ice-pwd:pppppppppppppppppppppppp", "a=ice-options:ice2", "a=fingerprint:sha-256 \(fingerprint)",
        "a=setup:passive", "a=rtcp-mux", "a=rtcp-rsize", "a=candidate:1 1 udp 2130706431 192.0.2.1 20000 typ host",
        "a=candidate:3 1 udp 2130706175 2001:db8::1 20000 typ host",
        "a=candidate:2 1 tcp 1694498815 192.0.2.1 20000 typ host tcptype passive", "a=end-of-candidates",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:110 telephone-event/48000",
        "a=fmtp:110 0-15", "a=msid:partyline mix", "a=ssrc:4000000000 cname:ee6b2800", "",
      ])
  }

  /// RFC 3264, 6: as many sections, in their order; RFC 9143, 7.3.3: what is refused is in no bundle.
  @Test(arguments: SampleOffers.names) func everySectionIsAnsweredAndAllButOneRefused(name: String) throws {
    let offer = try SampleOffers.offer(SampleOffers.text(name))
    let text = try SampleOffers.answer(offer).joined(separator: "\r\n")
    let answer = try SessionDescription(Array(text.utf8).span)
    #expect(answer.media.map(\.kind) == offer.description.media.map(\.kind))
    #expect(answer.media.map { $0.value("mid") } == offer.description.media.map { $0.value("mid") })
    for (index, media) in answer.media.enumerated() where index != offer.audioIndex { #expect(media.port == 0) }
    #expect(answer.bundle == [offer.audio.value("mid")])
    #expect(answer.media[offer.audioIndex].formats.first == String(offer.payloadType))
  }

  @Test func aListenersStreamIsSentOnly() throws {
    let lines = try SampleOffers.answer(SampleOffers.offer(SampleOffers.text("chromium-recvonly")))
    #expect(lines.contains("a=sendonly"))
    #expect(lines.contains("a=msid:partyline mix"))
  }

  @Test func whoOnlyTalksIsPromisedNoStream() throws {
    let text = try SampleOffers.text("chromium-audio").replacing("a=sendrecv", with: "a=sendonly")
    let lines = try SampleOffers.answer(SampleOffers.offer(text))
    #expect(lines.contains("a=recvonly"))
    #expect(!lines.contains { $0.hasPrefix("a=ssrc") || $0.hasPrefix("a=msid") })
  }

  @Test func whoeverWaitsIsCalled() throws {
    let text = try SampleOffers.text("chromium-audio").replacing("actpass", with: "passive")
    #expect(try SampleOffers.answer(SampleOffers.offer(text)).contains("a=setup:active"))
  }

  @Test(arguments: [
    ("minptime=10;useinbandfec=1", "minptime=10;useinbandfec=1"),
    ("stereo=1; sprop-stereo=1;maxaveragebitrate=9999999", "stereo=1;sprop-stereo=1;maxaveragebitrate=510000"),
    ("USEDTX=1;cbr=1;maxplaybackrate=16000", "usedtx=1;cbr=1;maxplaybackrate=16000"),
    ("stereo=2;usedtx=x;;=;maxaveragebitrate=-1", "maxaveragebitrate=6000"), ("", ""),
  ])
  func opusParametersAreReadAndBounded(given: String, text: String) {
    #expect(OpusParameters(given).text == text)
  }
}
