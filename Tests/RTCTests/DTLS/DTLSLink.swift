import MediaBase
import RTC

/// Two sessions with a network between them that loses, doubles and swaps datagrams by a seed.
///
/// OpenSSL asks the system's clock whether a flight is old enough to be sent again. So time here is that clock's, in a loop
/// without sleeps: what happens, and in which order, depends on the seed as long as the machine is not stopped for seconds.
struct DTLSLink: ~Copyable {
  var client: DTLSSession
  var server: DTLSSession
  /// Of a hundred datagrams.
  var lost = 0
  var doubled = 0
  var swapped = 0
  private(set) var sent: [[UInt8]] = []
  private var random: SeededGenerator

  init(_ client: consuming DTLSSession, _ server: consuming DTLSSession, seed: UInt64 = 1) {
    self.client = client
    self.server = server
    random = SeededGenerator(seed: seed)
  }

  /// Runs until neither side is at it any more, or `mostRounds` are over.
  mutating func run(mostRounds: Int = 50_000_000) {
    let start = ContinuousClock.now
    client.start(at: .zero)
    server.start(at: .zero)
    for _ in 0..<mostRounds {
      let now = PacketTime(nanoseconds: Int64((ContinuousClock.now - start) / .nanoseconds(1)))
      exchange(at: now)
      if client.state != .handshaking, server.state != .handshaking { break }
      client.handleTimeout(at: now)
      server.handleTimeout(at: now)
    }
  }

  /// Carries all that either side has to say, until both are silent.
  mutating func exchange(at now: PacketTime) {
    while true {
      let toServer = pass(Self.takeAll(&client))
      for datagram in toServer { server.receive(datagram.span, at: now) }
      let toClient = pass(Self.takeAll(&server))
      for datagram in toClient { client.receive(datagram.span, at: now) }
      if toServer.isEmpty, toClient.isEmpty { return }
    }
  }

  private static func takeAll(_ session: inout DTLSSession) -> [[UInt8]] {
    var all: [[UInt8]] = []
    while let datagram = session.takeDatagram() { all.append(datagram) }
    return all
  }

  private mutating func pass(_ datagrams: [[UInt8]]) -> [[UInt8]] {
    sent += datagrams
    var passed: [[UInt8]] = []
    for datagram in datagrams where !happens(lost) {
      passed.append(datagram)
      if happens(doubled) { passed.append(datagram) }
      if passed.count > 1, happens(swapped) { passed.swapAt(passed.count - 1, passed.count - 2) }
    }
    return passed
  }

  private mutating func happens(_ percent: Int) -> Bool {
    percent > 0 && Int.random(in: 0..<100, using: &random) < percent
  }
}

extension PacketTime {
  static var zero: PacketTime { PacketTime(nanoseconds: 0) }
}
