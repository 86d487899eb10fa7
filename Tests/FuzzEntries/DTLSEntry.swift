import MediaBase
import RTC

/// Made once: a certificate takes longer than an input.
private let certificate = try? DTLSCertificate()

/// The first byte's lowest bit: the role. Then steps: a byte of what to do, two of how many bytes, and those as a datagram;
/// or time passes.
func feedDTLS(_ bytes: Span<UInt8>) {
  var script = ByteScript(bytes)
  let role: DTLSRole = script.byte() & 1 == 0 ? .server : .client
  // Nobody has such a certificate.
  guard let certificate,
    let nobody = CertificateFingerprint(algorithm: .sha256, bytes: [UInt8](repeating: 0, count: 32)),
    var session = try? DTLSSession(certificate, role: role, expecting: nobody)
  else { preconditionFailure("no memory for a session") }
  var now = PacketTime(nanoseconds: 0)
  session.start(at: now)
  while !script.isAtEnd {
    if script.byte() & 1 == 0 {
      let count = Int(script.byte()) << 8 | Int(script.byte())
      session.receive(script.take(count), at: now)
    } else {
      now = session.nextTimeout ?? now
      session.handleTimeout(at: now)
    }
    while let datagram = session.takeDatagram() {
      precondition((1...1_200).contains(datagram.count), "a datagram of \(datagram.count) bytes")
    }
    if case .established = session.state { preconditionFailure("a stranger's certificate was taken") }
  }
  session.close()
}
