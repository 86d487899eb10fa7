import Foundation
import RTC
import Synchronization

/// Makes and reads the tokens of invitations and sessions. They carry what they say, signed, so nothing is kept of them but
/// which were revoked.
///
/// ```
/// inv_ or ses_ , then in base64url:
/// version 1 │ role 1 │ flags 1 │ expiry 4, seconds of 1970 │ id 9 │ room's length 1 │ room │ name │ code 16
/// ```
/// The code is HMAC-SHA-256 over prefix and payload, cut to 128 bits (RFC 2104, 5). One for the bridge; safe from any thread.
package final class TokenSigner: Sendable {
  /// What a token is for; the prefix that tells it.
  package enum Kind: String, Sendable, CaseIterable {
    case invitation = "inv_"
    case session = "ses_"
  }

  /// What reading a token gave.
  package enum Reading: Equatable {
    case valid(Kind, Grant)
    case expired
    case revoked(Kind)
    /// Not one of ours.
    case forged
  }

  private static let codeBytes = 16
  private static let headBytes = 17
  /// No token of ours is longer: a room of 64 and a name of 400 bytes.
  private static let longest = 768
  /// Revocations that are kept; the one that would expire first gives way.
  private static let mostRevoked = 65_536

  private let key: Mutex<[UInt8]>
  private let revoked = Mutex<[String: Date]>([:])

  /// - Parameter secret: the operator's first token, where it stays the same over restarts; `nil`: a random key, and tokens
  ///   end with the program.
  package init(secret: String?) {
    key = Mutex(Self.key(from: secret))
  }

  /// From now on a key of that secret: tokens of another one are forged.
  func replace(secret: String) {
    key.withLock { $0 = Self.key(from: secret) }
  }

  private static func key(from secret: String?) -> [UInt8] {
    // The label keeps the key apart from every other use of the secret.
    MessageCode.sha256(of: Array("partyline tokens 1".utf8), key: Array((secret ?? AccessTokens.makeRandom()).utf8))
  }

  /// An id that nobody can guess.
  package static func makeID() -> String { String(AccessTokens.makeRandom().prefix(12)) }

  /// Whether a text can be such an id.
  static func isID(_ text: String) -> Bool { text.utf8.count == 12 && decode(text)?.count == 9 }

  /// What is revoked: an id of that kind in that room, and nothing of another room.
  private static func name(_ kind: Kind, _ id: String, of room: String) -> String { "\(kind.rawValue)\(id)@\(room)" }

  /// The token that says that.
  package func token(_ kind: Kind, _ grant: Grant) -> String {
    let seconds = UInt32(clamping: Int(grant.expiresAt.timeIntervalSince1970))
    let id = Self.decode(grant.id) ?? []
    precondition(id.count == 9 && grant.room.utf8.count <= RoomName.longest, "a grant that has no form")
    var payload: [UInt8] = [1, UInt8(MemberRole.allCases.firstIndex(of: grant.role) ?? 0), grant.hasShownPIN ? 1 : 0]
    payload += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: seconds >> $0) }
    payload += id
    payload.append(UInt8(grant.room.utf8.count))
    payload += Array(grant.room.utf8) + Array(grant.name.utf8)
    return kind.rawValue + Self.encode(payload + code(of: payload, kind))
  }

  private func code(of payload: [UInt8], _ kind: Kind) -> [UInt8] {
    let key = key.withLock { $0 }
    return Array(MessageCode.sha256(of: Array(kind.rawValue.utf8) + payload, key: key).prefix(Self.codeBytes))
  }

  /// Reads a token; `nil` where its prefix is no kind's.
  package func read(_ token: String, at now: Date) -> Reading? {
    guard let kind = Kind.allCases.first(where: { token.hasPrefix($0.rawValue) }) else { return nil }
    guard token.utf8.count <= Self.longest, let bytes = Self.decode(String(token.dropFirst(4))),
      bytes.count >= Self.headBytes + Self.codeBytes
    else { return .forged }
    let payload = Array(bytes.dropLast(Self.codeBytes))
    let given = Array(bytes.suffix(Self.codeBytes))
    guard ConstantTime.areEqual(given, code(of: payload, kind), over: Self.codeBytes),
      let grant = Self.grant(payload)
    else { return .forged }
    guard now < grant.expiresAt else { return .expired }
    let name = Self.name(kind, grant.id, of: grant.room)
    if revoked.withLock({ $0[name] != nil }) { return .revoked(kind) }
    return .valid(kind, grant)
  }

  private static func grant(_ payload: [UInt8]) -> Grant? {
    guard payload[0] == 1, Int(payload[1]) < MemberRole.allCases.count else { return nil }
    let seconds = payload[3..<7].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let roomEnd = headBytes + Int(payload[16])
    guard roomEnd <= payload.count else { return nil }
    return Grant(
      id: encode(Array(payload[7..<16])), room: String(decoding: payload[headBytes..<roomEnd], as: UTF8.self),
      role: MemberRole.allCases[Int(payload[1])], expiresAt: Date(timeIntervalSince1970: TimeInterval(seconds)),
      name: String(decoding: payload[roomEnd...], as: UTF8.self), hasShownPIN: payload[2] & 1 != 0)
  }

  /// Refuses the token of that kind, id and room from now on.
  ///
  /// - Parameter expiry: when it may be forgotten.
  package func revoke(_ kind: Kind, _ id: String, of room: String, until expiry: Date, at now: Date) {
    revoked.withLock { revoked in
      if revoked.count >= Self.mostRevoked { revoked = revoked.filter { $0.value > now } }
      if revoked.count >= Self.mostRevoked, let first = revoked.min(by: { $0.value < $1.value })?.key {
        revoked[first] = nil
      }
      revoked[Self.name(kind, id, of: room)] = expiry
    }
  }

  // MARK: base64url without padding (RFC 4648, 5)

  private static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
  }

  private static func decode(_ text: String) -> [UInt8]? {
    guard !text.utf8.contains(where: { "+/=".utf8.contains($0) }) else { return nil }
    let standard = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
    return Data(base64Encoded: standard + padding).map { [UInt8]($0) }
  }
}
