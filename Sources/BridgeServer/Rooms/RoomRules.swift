import Conference
import MediaBase

/// What holds in a room beside its mix: who may come in, who is heard, when it ends.
///
/// A plain value that the control side alone knows; the media side sees only what follows from it for each leg.
struct RoomRules: Sendable, Equatable {
  /// Digits that whoever joins must give; `nil` asks for none. Never logged, told or shown.
  var pin: String?
  /// Whether nobody but hosts may join.
  var isLocked = false
  /// Whether everybody waits, unheard and without hearing, until a host has come.
  var waitsForHost = false
  /// Whether the room closes when its last host leaves.
  var endsWhenHostLeaves = false
  /// For whose coming and going everybody hears a tone.
  var tones = ToneRule.none
  /// After so many seconds without a member the room closes; 0: never.
  var idleTimeoutSeconds = 300
  /// After so many seconds without a packet a leg is taken out; 0: never. Listeners may be silent.
  var mediaTimeoutSeconds = 30

  /// How many talkers a room may mix, if not all.
  static let talkerCounts = 1...32
  /// How long a room's frame may be: longer ones only add delay, since packets may hold several.
  static let frames: [FrameDuration] = [.ms2point5, .ms5, .ms10, .ms20]
  /// The most members that any room can be opened for.
  static let mostMembers = 20_000
  /// The most level pairs that any room can be opened for.
  static let mostLevels = 65_536
  /// The longest time-out: a day.
  static let longestTimeoutSeconds = 86_400
  /// Digits of a PIN.
  static let pinLengths = 4...12
}

/// What a room plays a short tone for.
enum ToneRule: String, Sendable, CaseIterable, Encodable {
  case none
  /// Whoever joins.
  case join
  /// Whoever joins or leaves.
  case both
}

/// What a member is in their room.
enum MemberRole: String, Sendable, CaseIterable, Encodable {
  /// Opens a room that waits for one, and may end it by leaving.
  case host
  /// Talks and listens.
  case participant
  /// Listens only: their packets are counted and dropped.
  case listener
}

/// The names that rooms and whisper groups may have: each stands in a URL as it is.
package enum RoomName {
  /// The most letters.
  static let longest = 64
  /// For people, as it reads after "must be ".
  package static let allowed = "1 to 64 of the letters A-Z and a-z, digits, and - _ . ~, the first a letter or digit"

  /// Whether that is a name.
  package static func isValid(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetterOrDigit(first), text.utf8.count <= longest else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || "-_.~".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
