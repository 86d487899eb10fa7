import MediaBase

/// One DTLS association of a WebRTC leg (RFC 6347, RFC 5764): takes datagrams and the time, and gives back datagrams, the
/// next deadline and, once the other side has shown the promised certificate, the keys of SRTP.
///
///     start, receive, handleTimeout ─▶ state: handshaking ─▶ established(keys) ─▶ closed
///                                  └─▶ takeDatagram, nextTimeout     └─▶ failed
///
/// After each call, take all datagrams. Has no socket and no thread; one owner, which may pass it on. A handshake takes
/// 1 to 2 ms of one core and allocates: not for the media thread. It must be kept after it is established, since the last
/// flight may be asked for again, and has to answer a goodbye.
///
/// Retransmission goes by the caller's time, with one bound that is OpenSSL's: it looks at the system's clock itself
/// whether a flight is old enough, and cannot be told otherwise. Where that clock lags behind the caller's, the session asks
/// again every 5 ms.
public struct DTLSSession: ~Copyable {
  /// How far it has come.
  public enum State: Sendable, Hashable {
    /// Before and within the handshake.
    case handshaking
    /// The other side is who the signalling says; keys for SRTP, from where we stand.
    case established(SRTPKeys)
    /// Never to be used again. Datagrams that tell the other side may be left to be sent.
    case failed(DTLSError)
    /// One of both sides has said goodbye.
    case closed
  }

  /// A handshake that takes longer has failed.
  public static let mostSeconds = 30
  /// A handshake has six flights of a few datagrams: more than this, with all that is sent again, are an attack.
  public static let mostDatagrams = 256
  /// Longer datagrams are dropped: no path to a browser carries them.
  public static let mostDatagramBytes = 4_096

  /// How far it has come.
  public private(set) var state = State.handshaking
  private let connection: DTLSConnection
  private let role: DTLSRole
  private var timer: RetransmissionTimer
  private var givesUpAt: PacketTime?
  private var received = 0
  private var datagrams: [[UInt8]] = []

  /// A session that has not begun. A flight that is not answered goes out again after `milliseconds`, then after twice
  /// that; `unavailable` where OpenSSL cannot make one.
  public init(
    _ certificate: DTLSCertificate, role: DTLSRole, expecting fingerprint: CertificateFingerprint,
    retransmitAfterMilliseconds milliseconds: Int = 400
  ) throws(DTLSError) {
    let peer = DTLSPeer(expecting: fingerprint, retransmitAfterMilliseconds: milliseconds)
    connection = try DTLSConnection(certificate, role: role, peer: peer)
    timer = RetransmissionTimer(firstMilliseconds: milliseconds)
    self.role = role
  }
}

// One owner at a time, and OpenSSL ties nothing of a session to a thread.
extension DTLSSession: @unchecked Sendable {}

extension DTLSSession {
  /// Begins: a client has its first flight to send, a server waits for one. Its 30 seconds run from here.
  public mutating func start(at now: PacketTime) {
    guard state == .handshaking, givesUpAt == nil else { return }
    begin(at: now)
    if role == .client { advance(at: now) }
  }

  /// Takes a datagram that `PacketClass` tells to be DTLS. What is none, or comes too late, is dropped.
  public mutating func receive(_ datagram: Span<UInt8>, at now: PacketTime) {
    guard isOpen, !datagram.isEmpty, datagram.count <= Self.mostDatagramBytes else { return }
    begin(at: now)
    if state == .handshaking {
      received += 1
      guard received <= Self.mostDatagrams else { return fail(.tooManyDatagrams) }
    }
    connection.feed(datagram)
    advance(at: now)
  }

  /// When `handleTimeout` wants to be called; `nil` once the handshake is over.
  public var nextTimeout: PacketTime? {
    guard state == .handshaking, let givesUpAt else { return nil }
    return timer.due.map { min($0, givesUpAt) } ?? givesUpAt
  }

  /// Sends the last flight again if it is time, or gives up.
  public mutating func handleTimeout(at now: PacketTime) {
    guard state == .handshaking, let givesUpAt else { return }
    guard now < givesUpAt else { return fail(.timedOut) }
    guard let due = timer.due, now >= due else { return }
    do throws(DTLSError) {
      if try connection.retransmit() { timer.backOff(at: now) } else { timer.askAgain(at: now) }
      collect()
    } catch {
      fail(error)
    }
  }

  /// The next datagram to send, of at most 1,200 bytes; `nil` where there is none.
  public mutating func takeDatagram() -> [UInt8]? {
    datagrams.isEmpty ? nil : datagrams.removeFirst()
  }

  /// Says goodbye, with a last datagram to send.
  public mutating func close() {
    guard isOpen else { return }
    connection.shutDown()
    collect()
    end(.closed)
  }
}

extension DTLSSession {
  private var isOpen: Bool {
    switch state {
    case .handshaking, .established: true
    case .failed, .closed: false
    }
  }

  private mutating func begin(at now: PacketTime) {
    guard givesUpAt == nil else { return }
    givesUpAt = now.advanced(byMilliseconds: Self.mostSeconds * 1_000)
  }

  private mutating func advance(at now: PacketTime) {
    if state == .handshaking {
      take(connection.handshake(), at: now)
    } else {
      take(connection.read(), at: now)
    }
    // What answers them is a new flight, for which we shall wait.
    if collect(), state == .handshaking { timer.start(at: now) }
  }

  private mutating func take(_ outcome: DTLSConnection.Outcome, at now: PacketTime) {
    switch outcome {
    case .waiting: break
    case .done: establish()
    case .closed:
      connection.shutDown()
      end(.closed)
    case .failed(let error): fail(error)
    }
  }

  /// The handshake is complete, and the certificate was checked in it.
  private mutating func establish() {
    guard let keys = connection.exportKeys(for: role) else {
      connection.shutDown()
      return fail(.noSRTPProfile)
    }
    timer.stop()
    state = .established(keys)
  }

  private mutating func fail(_ error: DTLSError) {
    collect()
    end(.failed(error))
  }

  private mutating func end(_ last: State) {
    timer.stop()
    state = last
  }

  /// Moves what OpenSSL wants to send into datagrams: whether there was anything.
  @discardableResult private mutating func collect() -> Bool {
    let records = connection.takeRecords()
    datagrams += DTLSRecords.datagrams(of: records, mtu: DTLSConnection.mtu)
    return !records.isEmpty
  }
}
