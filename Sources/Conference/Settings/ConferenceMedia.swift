import MediaBase
import RTC

/// The media side as the control side sees it: rooms, members, what happens in them.
///
/// Implemented by the engine of MediaRuntime; a test of the control side brings its own. Safe from any thread; calls are
/// queued to the media thread of the room and take effect at the edge of a tick.
public protocol ConferenceMedia: Sendable {
  /// Opens a room on the media thread with the least load.
  func openRoom(_ settings: RoomSettings) async throws(ConferenceMediaError) -> RoomID

  /// Closes a room; its members get an RTCP BYE. Unknown rooms are passed over: they are closed.
  func closeRoom(_ room: RoomID) async

  /// Takes a member into a room: they are sent to, and packets taken from them, from the next tick on.
  func join(_ room: RoomID, leg: LegSettings) async throws(ConferenceMediaError) -> JoinedLeg

  /// Changes a member. Throws `unknownMember` for one who has left.
  func change(_ member: MemberID, _ change: MemberChange) async throws(ConferenceMediaError)

  /// Changes a room as a whole. Throws `unknownRoom` for one that is closed.
  func change(_ room: RoomID, _ change: RoomChange) async throws(ConferenceMediaError)

  /// Restarts ICE with a WebRTC peer (RFC 8445, 9): new credentials on both sides, and the old path goes on until a check
  /// with the new ones has come. Throws `unknownMember` for one who has left, and `unsupported` for one without ICE.
  func restartICE(
    of member: MemberID, with credentials: ICECredentials
  ) async throws(ConferenceMediaError) -> PeerAnswer

  /// Takes a member out of the room, with an RTCP BYE. Unknown members are passed over: they have left.
  func leave(_ member: MemberID) async

  /// Packets from nobody that is known, since the start: a count for each media thread.
  var strangerPackets: [UInt64] { get }

  /// What happens in all rooms, from the call on. Bounded: a reader that does not keep up loses the oldest.
  func events() async -> AsyncStream<MediaEvent>
}

extension ConferenceMedia {
  /// None: for a media side that cannot tell.
  public var strangerPackets: [UInt64] { [] }

  /// Refused: for a media side without WebRTC.
  public func restartICE(
    of member: MemberID, with credentials: ICECredentials
  ) async throws(ConferenceMediaError) -> PeerAnswer {
    throw .unsupported("this media side has no WebRTC")
  }

  /// Refused: for a media side that plays nothing.
  public func change(_ room: RoomID, _ change: RoomChange) async throws(ConferenceMediaError) {
    throw .unsupported("this media side plays no sounds")
  }
}

/// A leg that has joined.
public struct JoinedLeg: Sendable, Hashable {
  /// Who they are from now on.
  public var member: MemberID
  /// Where they are to send their packets.
  public var local: TransportAddress
  /// The source of the packets that they will get.
  public var ssrc: SSRC
  /// What a WebRTC peer is to be told; `nil` for a plain RTP leg.
  public var peer: PeerAnswer?

  /// A member with their place and ours.
  public init(member: MemberID, local: TransportAddress, ssrc: SSRC, peer: PeerAnswer? = nil) {
    self.member = member
    self.local = local
    self.ssrc = ssrc
    self.peer = peer
  }
}

/// Why the media side refused.
public enum ConferenceMediaError: Error, Hashable, Sendable {
  /// There is no such room, or it has been closed.
  case unknownRoom(RoomID)
  /// There is no such member, or they have left.
  case unknownMember(MemberID)
  /// The room has as many members as it was opened for.
  case roomFull(capacity: Int)
  /// Someone has a leg at that address and port already, on that media thread.
  case addressInUse(TransportAddress)
  /// The core cannot take one more without harm to those in the room.
  case overloaded(LoadShedding)
  /// The leg was joined without a payload type for telephone events: keys cannot be sent to it.
  case noTelephoneEvents(MemberID)
  /// As many sounds are played in the room as may be.
  case tooManySounds(limit: Int)
  /// More telephone keys than may wait for one leg.
  case tooManyKeys(limit: Int)
  /// Something of the leg is not possible, such as 20 members' own levels in a room opened for 10: in words.
  case unsupported(String)
  /// The system refused a socket or memory: in words.
  case system(String)
}
