import Conference
import Foundation
import MediaBase
import Mixing
import RTC

/// One member as the control side knows them. A plain value of their `RoomState`.
struct MemberState: Sendable {
  /// By the media side's number.
  let id: MemberID
  /// Their leg, and our end of it.
  let leg: JoinedLeg
  /// What was asked for when they joined, without keys.
  let format: LegFormat
  /// Where their packets go; nowhere in particular for a WebRTC leg.
  var remote: TransportAddress
  /// What is known of a WebRTC leg; `nil` for a plain RTP leg.
  var peer: PeerState?
  /// Who sends, as their side of the leg said.
  let direction: MediaDirection
  /// When they joined.
  let joinedAt: Date
  /// For people; need not be the only one.
  var name: String
  var role: MemberRole
  /// The session of a person who was invited; `nil` for whom the operator's programs brought in.
  let session: String?
  /// Muted by a host: they cannot unmute themselves.
  var isMutedByHost = false
  /// Muted by themselves.
  var isMutedBySelf = false
  /// Hears silence.
  var isDeafened = false
  var gain = Decibels.unity
  var pan = Pan.centre
  var hasRaisedHand = false
  /// At which level they want to hear others, against that at which everybody does.
  var wishes: [MemberID: Decibels] = [:]

  // What the media side tells.
  var isTalking = false
  var hasMedia = false
  /// Since when no packet came; `nil` while they come.
  var lostSince: Duration?
  var quality: LegQuality?

  /// What the media side was told last.
  private(set) var told: LegWish

  init(id: MemberID, leg: JoinedLeg, request: JoinRequest, told: LegWish, at time: Date) {
    self.id = id
    self.leg = leg
    format = request.leg.format
    remote = request.leg.remote
    direction = request.direction
    if let peer = request.leg.peer, let answer = leg.peer {
      self.peer = PeerState(theirs: peer.credentials, ours: answer.credentials)
    }
    joinedAt = time
    name = request.name
    role = request.role
    session = request.session
    isMutedBySelf = request.isMuted
    gain = request.gain
    pan = request.pan
    self.told = told
  }

  /// What their leg should be now.
  func wish(isWaiting: Bool) -> LegWish {
    LegWish(
      voice: MemberSettings(gain: gain, isMuted: isMutedByHost || isMutedBySelf, pan: pan),
      canTalk: role != .listener && !isWaiting && direction.sends, canHear: !isDeafened && direction.receives,
      waits: isWaiting)
  }

  /// What to tell the media side, if anything; from then on it counts as told.
  mutating func settle(isWaiting: Bool) -> [(MemberID, MemberChange)] {
    let wish = wish(isWaiting: isWaiting)
    defer { told = wish }
    var changes: [(MemberID, MemberChange)] = []
    if wish.voice != told.voice { changes.append((id, .voice(wish.voice))) }
    if wish.canTalk != told.canTalk { changes.append((id, .canTalk(wish.canTalk))) }
    // Who waits is told to the media side of the whole room.
    if wish.canHear != told.canHear { changes.append((id, .canHear(wish.canHear))) }
    return changes
  }
}

/// The ICE session of a WebRTC leg (RFC 8445, 4), and whether it has come about.
struct PeerState: Sendable {
  /// Their credentials.
  var theirs: ICECredentials
  /// Ours for them.
  var ours: ICECredentials
  /// Whether path and keys are there.
  var isConnected = false
}

/// The part of a leg that rules decide.
struct LegWish: Sendable, Equatable {
  var voice: MemberSettings
  var canTalk: Bool
  var canHear: Bool
  /// Whether they wait for a host, in the room's lobby.
  var waits: Bool
}

/// A wish to join, checked for form.
struct JoinRequest: Sendable {
  var name: String
  var role: MemberRole
  var pin: String?
  /// Whether the PIN was shown when the session was opened.
  var hasShownPIN = false
  /// The session of the person who joins: they have one place in the room, and who joins again gives the former one up.
  var session: String?
  var isMuted = false
  var gain = Decibels.unity
  var pan = Pan.centre
  /// Who sends, as their side says.
  var direction = MediaDirection.sendrecv
  var leg: LegSettings
}

/// What is to be changed of a member; `nil` leaves as it is.
struct MemberEdit: Sendable {
  var name: String?
  var role: MemberRole?
  var isMutedByHost: Bool?
  var isMutedBySelf: Bool?
  var isDeafened: Bool?
  var gain: Decibels?
  var pan: Pan?
  var hasRaisedHand: Bool?
  /// Levels of others; `unity` ends one.
  var levels: [MemberID: Decibels] = [:]
}
