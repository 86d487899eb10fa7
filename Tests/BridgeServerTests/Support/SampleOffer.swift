/// Offers for tests of the routes; those of real browsers are read in the tests of RTC.
enum SampleOffer {
  /// The least that a browser sends for one microphone.
  static let audio = offer(port: 9)

  /// With what else there may be about the section.
  static func offer(
    port: Int, types: String = "111", direction: String = "sendrecv", _ more: String...
  ) -> String {
    let lines =
      [
        "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
        "m=audio \(port) UDP/TLS/RTP/SAVPF \(types)", "c=IN IP4 0.0.0.0", "a=mid:0", "a=ice-ufrag:theirs",
        "a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=fingerprint:sha-256 \(fingerprint)", "a=setup:actpass",
        "a=rtcp-mux", "a=\(direction)", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1",
      ] + more
    return lines.map { $0 + "\r\n" }.joined()
  }

  private static let fingerprint = (1...32).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
    .joined(separator: ":")
}
