import MediaBase
import RTC

/// Reads the bytes as a STUN message and has an agent judge it, as a media thread does with what a stranger sends.
func feedSTUN(_ bytes: Span<UInt8>) {
  guard let message = try? STUNMessage(bytes) else { return }
  precondition(message.username.count <= 508, "a USERNAME that is too long")
  guard let ours = ICECredentials(usernameFragment: "evtj", password: "VOkJxbRl1RmTxUk/WvJxBt"),
    let theirs = ICECredentials(usernameFragment: "h6vY", password: String(repeating: "p", count: 22))
  else { preconditionFailure("credentials that are none") }
  let now = PacketTime(nanoseconds: 0)
  var agent = ICELiteAgent(ours, peer: theirs, at: now)
  var answer = InlineArray<128, UInt8>(repeating: 0)
  let source = TransportAddress(ipv4: 0x7f00_0001, port: 9)
  let outcome = agent.receive(message, from: source, at: now, answer: answer.mutableSpan)
  guard outcome.bytes > 0 else { return precondition(outcome.verdict == .dropped, "an answer without bytes") }
  let span = answer.span.extracting(0..<outcome.bytes)
  guard let reply = try? STUNMessage(span) else { preconditionFailure("an answer that is no STUN") }
  precondition(reply.isAuthentic(by: HMACSHA1(key: Array(ours.password.utf8).span)), "an answer that is not ours")
}
