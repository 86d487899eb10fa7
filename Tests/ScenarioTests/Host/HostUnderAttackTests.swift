import Foundation
import Testing

/// The live bridge among those who mean no good.
@Suite struct HostUnderAttackTests {
  /// Numbers that are the same in each run (SplitMix64).
  private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var word = state
      word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
      return word ^ word >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
  }

  /// Expects a leg to get packets without a gap, and gives back the number of the last.
  @discardableResult
  private func expectFlow(_ leg: LoopbackPort, packets: Int, after last: UInt16?) -> UInt16? {
    var last = last
    var count = 0
    while count < packets {
      guard let datagram = leg.receive() else {
        Issue.record("no more packets")
        return nil
      }
      guard Datagram.isRTP(datagram) else { continue }
      let number = UInt16(datagram[2]) << 8 + UInt16(datagram[3])
      if let last { #expect(number == last &+ 1) }
      last = number
      count += 1
    }
    return last
  }

  @Test func garbageDoesNoHarm() throws {
    let bridge = try HostedBridge()
    try bridge.openRoom("daily")
    let (leg, mad, stranger) = (try LoopbackPort(), try LoopbackPort(), try LoopbackPort())
    let member = try bridge.join("daily", port: leg.port)
    _ = try bridge.join("daily", port: mad.port)
    var last = expectFlow(leg, packets: 5, after: nil)
    var random = Random(state: 3)
    for _ in 0..<20 {
      for _ in 0..<100 {
        for source in [mad, stranger] {
          source.send(random.bytes(Int.random(in: 0...1_400, using: &random)), to: member.port)
          source.send(random.bytes(40), to: member.port + 1)
        }
      }
      last = expectFlow(leg, packets: 1, after: last)
    }
    try sendGarbageToTheAPI(of: bridge, &random)
    last = expectFlow(leg, packets: 20, after: last)
    #expect(try bridge.ask("GET", "/healthz").status == 200)
    #expect((try bridge.ask("GET", "/v1/rooms/daily/members")["items"] as? [Any])?.count == 2)
    #expect(stranger.receive(within: 0) == nil)
    bridge.signal(SIGTERM)
    #expect(try bridge.running.waitForEnd(within: 5).exitCode == 0)
  }

  private func sendGarbageToTheAPI(of bridge: HostedBridge, _ random: inout Random) throws {
    let requests: [[UInt8]] = [
      random.bytes(50_000), Array("GET /v1/rooms HTTP/9.9\r\n\r\n".utf8), Array("POST /v1/rooms HTTP/1.1\r\n".utf8),
      Array(("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 1_000_000) + "\r\n\r\n").utf8),
      Array("POST /v1/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n".utf8),
      Array("POST /v1/rooms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n".utf8),
      [UInt8](repeating: 0, count: 100_000), Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8),
    ]
    for (number, request) in requests.enumerated() {
      try bridge.scratch.write(Data(request), to: "request\(number)")
      // What it answers, and whether it reads to the end, is its affair; and whoever only connects is not waited for.
      _ = try Program.bash.end([
        "-c", "trap '' PIPE; exec 3<>/dev/tcp/127.0.0.1/$0; cat \"$1\" >&3", "\(bridge.port)",
        bridge.scratch.path("request\(number)"),
      ])
      #expect(try bridge.ask("GET", "/healthz").status == 200, "after request \(number)")
    }
    for body in ["", "{", "[]", "null", "{\"name\": 5}", String(repeating: "[", count: 50_000)] {
      let status = try bridge.ask("POST", "/v1/rooms", body).status
      #expect((400..<500).contains(status), "\(status) for \(body.prefix(20))")
    }
  }

  @Test func secretsAreNeverLogged() throws {
    let bridge = try HostedBridge(environment: ["PARTYLINE_LOG_LEVEL": "trace"])
    let (pin, wrongPIN, wrongToken) = ("739164", "802517", "a-token-that-somebody-made-up")
    try bridge.openRoom("daily", #", "pin": "\#(pin)""#)
    let (leg, other) = (try LoopbackPort(), try LoopbackPort())
    let kind = LegKind.encryptedPCMU
    _ = try bridge.join("daily", port: leg.port, rtp: kind.rtp, #", "pin": "\#(pin)""#)
    let rtp = #"{"address": "127.0.0.1", "port": \#(other.port), \#(kind.rtp)}"#
    let members = "/v1/rooms/daily/members"
    #expect(try bridge.ask("POST", members, #"{"name": "Bert", "rtp": \#(rtp), "pin": "\#(wrongPIN)"}"#).status == 403)
    #expect(try bridge.ask("POST", members, #"{"name": "Bert", "rtp": \#(rtp)}"#).status == 403)
    // Mistakes in what holds secrets.
    let broken = rtp.replacingOccurrences(of: "PORT", with: "").replacingOccurrences(
      of: LegKind.sendKey, with: LegKind.sendKey + "AAAA")
    let refused = try bridge.ask("POST", members, #"{"name": "Bert", "rtp": \#(broken), "pin": "\#(pin)"}"#)
    #expect(refused.status == 422 || refused.status == 400)
    #expect(try bridge.ask("GET", "/v1/rooms", token: wrongToken).status == 401)
    #expect(try bridge.ask("GET", "/v1/rooms?token=\(wrongToken)&pin=\(wrongPIN)", token: wrongToken).status == 401)
    let shown =
      try bridge.ask("GET", members).text + bridge.ask("GET", "/v1/rooms/daily").text + refused.text
      + bridge.ask("GET", "/metrics").text
    #expect(leg.receive(first: Datagram.isRTP) != nil)
    bridge.signal(SIGHUP)
    #expect(try bridge.ask("DELETE", "/v1/rooms/daily").status == 204)
    bridge.signal(SIGTERM)
    let errors = try bridge.running.waitForEnd(within: 5).errors
    #expect(errors.contains("room opened") && errors.contains("member joined"))
    for secret in [HostedBridge.token, wrongToken, pin, wrongPIN, LegKind.sendKey, LegKind.receiveKey] {
      #expect(!errors.contains(secret) && !shown.contains(secret), "\(secret) is told")
    }
    // Nor as a list of bytes or in hex.
    for key in [LegKind.sendKey, LegKind.receiveKey].compactMap({ Data(base64Encoded: $0) }) {
      #expect(!errors.contains(key.prefix(6).map { "\($0)" }.joined(separator: ", ")))
      #expect(!errors.lowercased().contains(key.prefix(6).map { String(format: "%02x", $0) }.joined()))
    }
  }
}
