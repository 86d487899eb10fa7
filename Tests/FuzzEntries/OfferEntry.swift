import MediaBase
import RTC

/// Reads the bytes as the offer of a browser, answers it, and reads the answer; and as a fragment of one.
func feedOffer(_ bytes: Span<UInt8>) {
  feedFragment(bytes)
  guard let offer = try? PeerOffer(bytes), let answer = read(answer(offer)) else { return }
  precondition(answer.media.count == offer.description.media.count, "\(answer.media.count) sections")
  for (index, media) in answer.media.enumerated() {
    precondition(media.kind == offer.description.media[index].kind, "a section of another kind")
    precondition((media.port != 0) == (index == offer.audioIndex), "section \(index) has port \(media.port)")
  }
  let audio = answer.media[offer.audioIndex]
  precondition(audio.formats.first == String(offer.payloadType), "another payload type")
  precondition((0...127).contains(offer.payloadType), "payload type \(offer.payloadType)")
  precondition(
    audio.values("candidate").count == 1 && audio.values("fingerprint").count == 1, "lines that we did not write")
}

private func answer(_ offer: PeerOffer) -> String {
  guard let credentials = ICECredentials(usernameFragment: "ours", password: String(repeating: "p", count: 22)),
    let fingerprint = CertificateFingerprint(algorithm: .sha256, bytes: Array(0..<32))
  else { preconditionFailure("credentials that are none") }
  let place = TransportAddress(ipv4: 0x7f00_0001, port: 20_000)
  return PeerAnswerText(
    offer, credentials: credentials, candidates: [ICECandidate(address: place, transport: .udp, priority: 1)],
    fingerprint: fingerprint, ssrc: SSRC(rawValue: 1), cname: "00000001", session: 1
  ).text
}

/// `nil` where the answer to an offer of the greatest length is longer than what is read.
private func read(_ text: String) -> SessionDescription? {
  let bytes = Array(text.utf8)
  if bytes.count > SessionLine.mostBytes { return nil }
  guard let description = try? SessionDescription(bytes.span) else { preconditionFailure("an answer that is none") }
  return description
}

private func feedFragment(_ bytes: Span<UInt8>) {
  guard let fragment = try? TrickleFragment(bytes), let credentials = fragment.credentials else { return }
  let text = fragment.answer(credentials, [])
  guard let again = try? TrickleFragment(Array(text.utf8).span) else { preconditionFailure("a fragment that is none") }
  precondition(again.credentials == credentials, "other credentials than were written")
}
