import Conference
import RTC

/// What the control side asks of a media thread, applied between two ticks.
enum MediaCommand: Sendable {
  case open(RoomBox, Reply<Void>)
  case close(RoomID, Reply<RoomBox?>)
  case join(RoomID, MemberID, LegSettings, Reply<Result<JoinedLeg, ConferenceMediaError>>)
  case change(RoomID, MemberID, MemberChange, Reply<Result<Void, ConferenceMediaError>>)
  case changeRoom(RoomID, RoomChange, Reply<Result<Void, ConferenceMediaError>>)
  case leave(RoomID, MemberID, Reply<Void>)
  case restartICE(MemberID, ICECredentials, Reply<Result<PeerAnswer, ConferenceMediaError>>)
  case attach(RoomTap, RoomID, Reply<Result<Void, ConferenceMediaError>>)
  case detach(RoomTap, RoomID, Reply<RoomTap>)
}

/// Where the answer to a command goes. Given exactly once.
struct Reply<Value: Sendable>: Sendable {
  private let continuation: CheckedContinuation<Value?, Never>

  init(_ continuation: CheckedContinuation<Value?, Never>) {
    self.continuation = continuation
  }

  func callAsFunction(_ value: sending Value) {
    continuation.resume(returning: value)
  }
}
