import MediaBase

/// When the last flight of a handshake is sent again (RFC 6347, 4.2.4): first after a while, then after twice as long.
struct RetransmissionTimer {
  /// Until we ask again, where OpenSSL's own clock says that it is not yet time.
  private static let againMilliseconds = 5

  private let firstMilliseconds: Int
  private var waitMilliseconds: Int
  /// `nil` while nothing waits for an answer.
  private(set) var due: PacketTime?

  init(firstMilliseconds: Int) {
    self.firstMilliseconds = firstMilliseconds
    waitMilliseconds = firstMilliseconds
  }

  /// A new flight has been sent.
  mutating func start(at now: PacketTime) {
    waitMilliseconds = firstMilliseconds
    due = now.advanced(byMilliseconds: waitMilliseconds)
  }

  /// The flight has been sent again.
  mutating func backOff(at now: PacketTime) {
    waitMilliseconds = min(2 * waitMilliseconds, Int(DTLSPeer.mostMicroseconds) / 1_000)
    due = now.advanced(byMilliseconds: waitMilliseconds)
  }

  /// It was due, and could not be sent yet.
  mutating func askAgain(at now: PacketTime) {
    due = now.advanced(byMilliseconds: Self.againMilliseconds)
  }

  mutating func stop() {
    due = nil
  }
}
