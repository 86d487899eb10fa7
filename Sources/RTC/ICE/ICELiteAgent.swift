import MediaBase

/// One side of ICE that only answers (RFC 8445, 2.5: "lite"), for one peer: the checks that the peer sends, which of its
/// addresses they prove, and where media goes.
///
///     check ─ authentic? ─ role? ─ answered ─▶ its source is the peer's        ─▶ with USE-CANDIDATE: media goes there
///                                              consent until 15 s from here
///
/// We are always the controlled side, for a lite agent sends no checks (RFC 8445, 6.1.1). A plain value of its media thread;
/// an answer costs two HMACs of 100 bytes and allocates nothing.
public struct ICELiteAgent {
  /// Without an authentic check for so long, the peer has gone (RFC 7675, 5.1 asks for 30 s at most).
  public static let consentSeconds = 15
  /// Whoever has not got through by then does not get through.
  public static let firstCheckSeconds = 20
  /// Addresses of one peer that are its own at one time.
  public static let mostAddresses = 8
  /// Letters of the fragments and passwords that we draw: 48 and 144 bits.
  private static let fragmentLetters = 8, passwordLetters = 24

  /// What became of a datagram.
  public enum Verdict: Sendable, Hashable {
    /// It is nobody's that we know: nothing has changed, and nothing is answered.
    case dropped
    /// It is refused, and so is told: nothing has changed.
    case refused
    /// It is the peer's: its source is theirs. `nominated` where media is to go there.
    case valid(nominated: Bool)
  }

  /// One session's secrets: those in use, or those of a restart.
  private struct Session {
    let credentials: ICECredentials
    let key: HMACSHA1
    let peerFragment: String

    init(_ credentials: ICECredentials, peer: ICECredentials) {
      self.credentials = credentials
      key = HMACSHA1(key: Array(credentials.password.utf8).span)
      peerFragment = peer.usernameFragment
    }

    /// Whether a check names both sides (RFC 8445, 7.3): the receiver's fragment, a colon, and the sender's.
    func isNamed(by username: Span<UInt8>) -> Bool {
      let ours = credentials.usernameFragment.utf8, theirs = peerFragment.utf8
      guard username.count == ours.count + 1 + theirs.count else { return false }
      var place = 0
      for byte in ours {
        if username[place] != byte { return false }
        place += 1
      }
      guard username[place] == UInt8(ascii: ":") else { return false }
      place += 1
      for byte in theirs {
        if username[place] != byte { return false }
        place += 1
      }
      return true
    }
  }

  /// A check that was answered.
  private struct Answered {
    var transaction: UInt64 = 0
    var source = TransportAddress.unspecified
  }

  private var session: Session
  /// What a restart has agreed on, until the first check with it.
  private var next: Session?
  private let began: PacketTime
  private var lastCheck: PacketTime?
  /// The last checks that were answered. A check is a peer's for any address that it comes from: one that somebody has read on
  /// its way, and sends again from elsewhere, is told by its transaction. What is older than these is not.
  private var answered = InlineArray<32, Answered>(repeating: Answered())
  private var answeredCount = 0

  /// Waits for a peer with those credentials, under ours.
  public init(_ credentials: ICECredentials, peer: ICECredentials, at now: PacketTime) {
    session = Session(credentials, peer: peer)
    began = now
  }

  /// Ours that are in use, and those of a restart that has not been seen yet.
  public var credentials: [ICECredentials] { [session.credentials] + (next.map { [$0.credentials] } ?? []) }

  /// Agrees on new credentials (RFC 8445, 9). Those in use go on until a check with the new ones comes.
  public mutating func restart(_ credentials: ICECredentials, peer: ICECredentials) {
    next = Session(credentials, peer: peer)
  }

  /// Takes a message, and writes what is to be answered to `source`.
  ///
  /// - Returns: what became of it, and the bytes of the answer: 0 where there is none.
  public mutating func receive(
    _ message: borrowing STUNMessage, from source: TransportAddress, at now: PacketTime,
    answer: consuming MutableSpan<UInt8>
  ) -> (verdict: Verdict, bytes: Int) {
    let isNext = next?.isNamed(by: message.username) ?? false
    let session = isNext ? next ?? session : session
    guard isNext || session.isNamed(by: message.username), message.isAuthentic(by: session.key) else {
      return (.dropped, 0)
    }
    guard message.kind == .request else {
      // RFC 8445, 11: an indication keeps a NAT's mapping, and wants no answer.
      return (.dropped, 0)
    }
    guard noteCheck(message.transaction, from: source) else { return (.dropped, 0) }
    if let type = message.unknownAttribute {
      return (.refused, Self.refuse(message, 420, unknown: type, session.key, into: answer))
    }
    // RFC 8445, 7.3.1.1: both would be controlled, and we cannot change sides.
    if case .controlled = message.role { return (.refused, Self.refuse(message, 487, session.key, into: answer)) }
    if isNext { (self.session, next) = (session, nil) }
    lastCheck = now
    var writer = STUNWriter(.success, transaction: message.transaction, into: answer)
    writer.writeMappedAddress(source)
    let bytes = (try? writer.finish(authenticatedBy: session.key)) ?? 0
    return (.valid(nominated: message.nominates), bytes)
  }

  /// Notes a check; false where it was another address's before. One that comes again from its own is a retransmission.
  private mutating func noteCheck(_ transaction: Span<UInt8>, from source: TransportAddress) -> Bool {
    var reader = ByteReader(transaction)
    let number = reader.readUInt64() ?? 0
    for index in 0..<min(answeredCount, answered.count) where answered[index].transaction == number {
      return answered[index].source == source
    }
    answered[answeredCount % answered.count] = Answered(transaction: number, source: source)
    answeredCount += 1
    return true
  }

  private static func refuse(
    _ message: borrowing STUNMessage, _ code: Int, unknown: UInt16? = nil, _ key: HMACSHA1,
    into answer: consuming MutableSpan<UInt8>
  ) -> Int {
    var writer = STUNWriter(.failure, transaction: message.transaction, into: answer)
    writer.writeError(code)
    if let unknown { writer.writeUnknownAttribute(unknown) }
    return (try? writer.finish(authenticatedBy: key)) ?? 0
  }

  /// When the peer counts as gone unless another check comes before.
  public var expires: PacketTime {
    lastCheck?.advanced(byMilliseconds: Self.consentSeconds * 1_000)
      ?? began.advanced(byMilliseconds: Self.firstCheckSeconds * 1_000)
  }

  /// Whether one who has joined should have got through by now, handshake and all.
  public func isOverdue(at now: PacketTime) -> Bool {
    now >= began.advanced(byMilliseconds: Self.firstCheckSeconds * 1_000)
  }

  /// Credentials that nobody can guess, from 8 and 24 of the letters that RFC 8839, 5.4 allows.
  public static func drawCredentials(_ generator: inout some RandomNumberGenerator) -> ICECredentials {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    func draw(_ count: Int) -> String {
      String((0..<count).map { _ in letters[Int.random(in: 0..<64, using: &generator)] })
    }
    let credentials = ICECredentials(
      usernameFragment: draw(fragmentLetters), password: draw(passwordLetters))
    guard let credentials else { preconditionFailure("credentials that RFC 8839 does not allow") }
    return credentials
  }
}
