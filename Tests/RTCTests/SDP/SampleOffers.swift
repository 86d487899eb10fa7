import Foundation
import MediaBase
import RTC

/// Offers of real browsers, and answers to them.
enum SampleOffers {
  static let names = [
    "chromium-audio", "chromium-audio-data", "chromium-audio-video", "chromium-recvonly",
    "chromium-video-first-max-data", "firefox-audio-data", "safari-audio",
  ]

  static func text(_ name: String) throws -> String {
    let url = Bundle.module.bundleURL.appending(path: "Offers/\(name).sdp")
    return String(decoding: try Data(contentsOf: url), as: UTF8.self)
  }

  static func offer(_ text: String) throws -> PeerOffer {
    try PeerOffer(Array(text.utf8).span)
  }

  /// What we answer, as lines.
  static func answer(_ offer: PeerOffer, _ change: (inout PeerAnswerText) -> Void = { _ in }) throws -> [String] {
    guard
      let credentials = ICECredentials(usernameFragment: "ours", password: String(repeating: "p", count: 24)),
      let fingerprint = CertificateFingerprint(algorithm: .sha256, bytes: Array(200...231)),
      let ipv6 = TransportAddress("2001:db8::1", port: 20_000)
    else { throw CancellationError() }
    let ipv4 = TransportAddress(ipv4: 0xc000_0201, port: 20_000)
    var answer = PeerAnswerText(
      offer, credentials: credentials,
      candidates: [
        ICECandidate(address: ipv4, transport: .udp, priority: 2_130_706_431),
        ICECandidate(address: ipv6, transport: .udp, priority: 2_130_706_175),
        ICECandidate(address: ipv4, transport: .tcpPassive, priority: 1_694_498_815),
      ], fingerprint: fingerprint, ssrc: SSRC(rawValue: 4_000_000_000), cname: "ee6b2800", session: .max)
    change(&answer)
    return answer.text.components(separatedBy: "\r\n")
  }
}
