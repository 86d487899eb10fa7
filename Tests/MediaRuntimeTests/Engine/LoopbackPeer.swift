import Conference
import MediaBase
import MediaRuntime
import RTC

/// A WebRTC peer on loopback, as a browser is one: checks the path, shakes hands, and talks and listens with the keys.
///
/// Its sound is a `LoopbackLeg`'s. `work` has to be called until it is connected; one task at a time.
final class LoopbackPeer {
  let leg: LoopbackLeg
  let credentials: ICECredentials
  let certificate: DTLSCertificate
  private var session: DTLSSession
  private(set) var keys: SRTPKeys?
  private var answer: PeerAnswer?
  private(set) var target = TransportAddress.unspecified
  /// The last check, as it was on the wire.
  private(set) var lastCheck: [UInt8] = []
  private var nextCheck = PacketTime(nanoseconds: 0)
  /// Answers to checks that were authentic, and those that were refused.
  private(set) var answers = 0, refusals = 0
  /// Where the last answer says that the check came from.
  private(set) var mapped: TransportAddress?

  /// - Parameter claimed: what the engine is to expect of the certificate, where that is not what it will be shown.
  init(_ leg: LoopbackLeg, expecting engine: CertificateFingerprint? = nil) throws {
    self.leg = leg
    certificate = try DTLSCertificate()
    var random = SystemRandomNumberGenerator()
    credentials = ICELiteAgent.drawCredentials(&random)
    // Made again when the answer is there.
    session = try DTLSSession(certificate, role: .client, expecting: engine ?? certificate.fingerprint)
  }

  /// What the engine is to be told.
  func settings(claiming fingerprint: CertificateFingerprint? = nil) -> LegSettings {
    LegSettings(
      format: LegFormat(codec: .pcmu, payloadType: 0),
      peer: PeerSettings(
        credentials: credentials, fingerprint: fingerprint ?? certificate.fingerprint, role: .server))
  }

  /// Takes the engine's answer.
  func begin(with answer: PeerAnswer) throws {
    self.answer = answer
    target = answer.candidates[0].address
    session = try DTLSSession(certificate, role: .client, expecting: answer.fingerprint)
  }

  /// Does what is due: checks, flights of the handshake.
  func work() throws {
    let now = MonotonicClock.now
    for datagram in leg.takeOthers() {
      if PacketClass(of: datagram.span) == .dtls {
        session.receive(datagram.span, at: now)
      } else if let message = try? STUNMessage(datagram.span) {
        take(message, at: now)
      }
    }
    if let due = session.nextTimeout, due <= now { session.handleTimeout(at: now) }
    try flush()
    if now >= nextCheck {
      try check(nominate: true)
      nextCheck = now.advanced(byMilliseconds: 50)
    }
    if keys == nil, case .established(let keys) = session.state {
      self.keys = keys
      try leg.setKeys(keys)
    }
  }

  private func take(_ message: borrowing STUNMessage, at now: PacketTime) {
    guard let answer, message.isAuthentic(by: HMACSHA1(key: Array(answer.credentials.password.utf8).span)) else {
      return
    }
    if message.kind == .success {
      if answers == 0 { session.start(at: now) }
      answers += 1
      mapped = message.mappedAddress
    } else {
      refusals += 1
    }
  }

  private func flush() throws {
    while let datagram = session.takeDatagram() { try leg.send(datagram, to: target) }
  }

  /// Sends a check, from another socket or with another password where that is wished.
  func check(
    nominate: Bool, from other: LoopbackLeg? = nil, password: String? = nil, role: STUNMessage.Role = .controlling(7)
  ) throws {
    guard let answer else { return }
    var bytes = [UInt8](repeating: 0, count: 200)
    let transaction = (0..<12).map { _ in UInt8.random(in: .min ... .max) }
    var writer = STUNWriter(.request, transaction: transaction.span, into: bytes.mutableSpan)
    writer.writeUsername(answer.credentials.usernameFragment, credentials.usernameFragment)
    writer.writePriority(1_000)
    writer.writeRole(role)
    if nominate { writer.writeNomination() }
    let key = HMACSHA1(key: Array((password ?? answer.credentials.password).utf8).span)
    let count = try writer.finish(authenticatedBy: key)
    lastCheck = Array(bytes[..<count])
    try (other ?? leg).send(lastCheck, to: target)
  }

  /// Says goodbye by DTLS.
  func close() throws {
    session.close()
    try flush()
  }
}
