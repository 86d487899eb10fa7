import Conference
import Foundation
import MediaBase

/// A member as the API shows them: without keys.
package struct MemberDocument: Encodable, Equatable, Sendable {
  var id: String
  var room: String
  var name: String
  var role: MemberRole
  var joinedAt: String
  /// By a host; a member cannot undo it.
  var muted: Bool
  /// By themselves.
  var selfMuted: Bool
  var deafened: Bool
  /// In dB against their voice as it comes.
  var gain: Double
  var pan: Double
  var raisedHand: Bool
  /// Levels at which they want to hear others, in dB; `-inf` is written as `false`.
  var levels: [String: LevelValue]
  /// Whether their voice may reach the others now.
  var heard: Bool
  /// Whether the room reaches them now.
  var hears: Bool
  var talking: Bool
  var media: MediaState
  /// A plain RTP leg.
  var rtp: LegDocument?
  /// Instead of `rtp`: a WebRTC leg.
  var webrtc: PeerDocument?
  var quality: QualityDocument?
  /// Whose session it is, where it is a person's.
  var session: String?

  enum MediaState: String, Encodable, Sendable {
    /// Nothing came yet.
    case awaited
    case flowing
    case lost
  }

  init(_ member: MemberState, in room: RoomState, withQuality: Bool = false) {
    let wish = member.wish(isWaiting: room.isWaiting)
    id = member.id.text
    self.room = room.name
    name = member.name
    role = member.role
    joinedAt = APITime.text(member.joinedAt)
    muted = member.isMutedByHost
    selfMuted = member.isMutedBySelf
    deafened = member.isDeafened
    gain = member.gain.value
    pan = member.pan.position
    raisedHand = member.hasRaisedHand
    levels = Dictionary(uniqueKeysWithValues: member.wishes.map { ($0.text, LevelValue($1)) })
    heard = wish.canTalk && !wish.voice.isMuted
    hears = wish.canHear && !wish.waits
    talking = member.isTalking
    media = member.lostSince != nil ? .lost : member.hasMedia ? .flowing : .awaited
    webrtc = member.peer.map { PeerDocument(member, $0) }
    rtp = webrtc == nil ? LegDocument(member) : nil
    session = member.session
    quality = withQuality ? member.quality.map(QualityDocument.init) : nil
  }
}

/// Both ends of a leg: ours (`address`, `port`, `ssrc`), where the member is to send; and theirs.
struct LegDocument: Encodable, Equatable, Sendable {
  var address: String
  var port: Int
  var payloadType: Int
  var ssrc: UInt32
  var codec: String
  var packetMilliseconds: Double
  var remoteAddress: String
  var remotePort: Int

  init(_ member: MemberState) {
    address = member.leg.local.addressText
    port = Int(member.leg.local.port)
    payloadType = member.format.payloadType
    ssrc = member.leg.ssrc.rawValue
    codec = member.format.codec.rawValue
    packetMilliseconds = member.format.packet.milliseconds
    remoteAddress = member.remote.addressText
    remotePort = Int(member.remote.port)
  }
}

/// A WebRTC leg: its addresses are ICE's to find, and change.
struct PeerDocument: Encodable, Equatable, Sendable {
  /// Whether path and keys are there.
  var connected: Bool
  var codec: String
  var payloadType: Int
  /// Of our packets.
  var ssrc: UInt32

  init(_ member: MemberState, _ peer: PeerState) {
    connected = peer.isConnected
    codec = member.format.codec.rawValue
    payloadType = member.format.payloadType
    ssrc = member.leg.ssrc.rawValue
  }
}

/// A level in dB, or `false` for not heard at all.
struct LevelValue: Encodable, Equatable, Sendable {
  var level: Decibels

  init(_ level: Decibels) {
    self.level = level
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if level == .silence { try container.encode(false) } else { try container.encode(level.value) }
  }
}

/// Times as the API writes them: RFC 3339 with milliseconds, in UTC.
enum APITime {
  static func text(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
