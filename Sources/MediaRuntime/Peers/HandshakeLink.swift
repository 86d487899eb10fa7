import Conference
import MediaBase
import RTC

/// What a media thread and the handshake thread tell each other of WebRTC peers, without a lock.
///
/// ```
///  media thread ── began, datagrams, path, gone ──▶ handshake thread
///               ◀── datagrams to send, keys, losses ──
/// ```
/// Each direction is one ring that drops what does not fit: DTLS sends again what was lost.
final class HandshakeLink: Sendable {
  /// A peer that has joined.
  struct Beginning: Sendable {
    let member: MemberID
    let role: DTLSRole
    let fingerprint: CertificateFingerprint
  }

  /// What the handshake thread found.
  enum Finding: Sendable {
    /// To be sent to the peer.
    case datagram(MemberID, [UInt8])
    /// Their certificate is the promised one, and these are the keys.
    case keys(MemberID, SRTPKeys)
    /// No media will come of it, or no more.
    case lost(MemberID, PeerLoss)
  }

  /// What stands before each record's bytes.
  struct Head: BitwiseCopyable, Sendable {
    enum Kind: UInt8, BitwiseCopyable, Sendable {
      /// A beginning stands in its ring.
      case began
      /// The peer's way to us is known: we may begin ourselves.
      case reached
      /// A datagram of the peer.
      case datagram
      /// The peer has left.
      case gone
    }

    var kind: Kind
    var member: UInt64
  }

  // A handshake's flight is 1 to 2 KB, and is read within milliseconds: a hundred that begin at once fit.
  private let records = RecordRing<Head>(capacity: 256 << 10)
  private let beginnings = BoundedRing<Beginning>(capacity: 512)
  private let findings = BoundedRing<Finding>(capacity: 512)
  private let handshakes: Waker
  private let media: Waker

  /// Between two threads, each woken by its waker.
  init(handshakes: Waker, media: Waker) {
    self.handshakes = handshakes
    self.media = media
  }

  // MARK: The media thread's side

  /// A peer has joined; false where there is no room to say so.
  func begin(_ beginning: Beginning) -> Bool {
    guard records.hasRoomForHead(), beginnings.push(beginning) else { return false }
    records.push(Head(kind: .began, member: beginning.member.rawValue))
    // Thousands may join before the first of them sends anything.
    handshakes.wake()
    return true
  }

  /// Tells something of a peer, with a datagram's bytes where it is one.
  func tell(_ kind: Head.Kind, of member: MemberID, _ datagram: Span<UInt8> = Span()) {
    records.push(Head(kind: kind, member: member.rawValue), datagram.bytes)
    handshakes.wake()
  }

  /// The next finding.
  func nextFinding() -> Finding? {
    findings.pop()
  }

  // MARK: The handshake thread's side

  /// Gives what was told to `take`, with the beginning where it is one.
  func read(_ take: (Head, Beginning?, Span<UInt8>) -> Void) {
    while records.pop({ head, body in
      take(head, head.kind == .began ? beginnings.pop() : nil, Span(_bytes: body))
    }) {}
  }

  /// Tells a finding, once `wakeMedia` is called.
  /// False where there is no room for it now.
  @discardableResult
  func push(_ finding: Finding) -> Bool {
    findings.push(finding)
  }

  /// Has the media thread look.
  func wakeMedia() {
    media.wake()
  }
}
