import MediaBase
import MediaRuntime
import RTC
import Synchronization

/// A seat in a room from joining to leaving, over restarts of the bridge: what `partyline monitor` and `talk` are.
///
/// ```
/// join (HTTP) ─▶ SeatThread (RTP) ─▶ silence for 2 s, or goodbye ─▶ still a member? ─┬─ yes ─▶ wait on
///      ▲                                                                            └─ no, or nobody answers ─┐
///      └──────────────────────────── growing pauses ───────────────────────────────────────────────────────┘
/// ```
/// The sound card is beside it and does not notice. `run` is one task's; `state` may be asked from any thread.
public final class RoomSession: Sendable {
  /// What it is for.
  public struct Settings: Sendable {
    /// Which room.
    public var room: String
    /// What others see.
    public var name: String
    /// The room's PIN, where it has one.
    public var pin: String?
    /// Where the sound goes and comes from; without a mouth it only listens.
    public var lines: SeatThread.Lines

    /// A seat in that room.
    public init(room: String, name: String, pin: String? = nil, lines: SeatThread.Lines) {
      self.room = room
      self.name = name
      self.pin = pin
      self.lines = lines
    }
  }

  /// What is to be told in one line.
  public enum Notice: Sendable, Hashable {
    /// It is in the room: for the first time, or again.
    case joined(again: Bool)
    /// It is no longer in the room, and tries to come back: why.
    case lost(String)
  }

  private let client: BridgeClient
  private let settings: Settings
  private let seat = Mutex<SeatThread?>(nil)
  /// A seat that was given up because nobody answered: if the bridge has it still, it is to be given back.
  private let forsaken = Mutex<BridgeClient.Joined?>(nil)

  private static let longestSilence: Int64 = 2_000_000_000
  private static let lookMilliseconds = 50

  /// A seat to be taken through `client`.
  public init(_ client: BridgeClient, settings: Settings) {
    self.client = client
    self.settings = settings
  }

  /// Where the seat stands; `nil` while there is none.
  public var state: SeatThread.State? { seat.withLock { $0?.state } }

  /// Joins, stays until `isEnding` says so, and leaves.
  ///
  /// Throws where the first join is refused, or the bridge took the member out.
  public func run(
    isEnding: @Sendable () -> Bool, notify: @Sendable (Notice) -> Void
  ) async throws(RoomSessionError) {
    var pause = RetryPause()
    var hasJoined = false
    var told = ""
    while !isEnding() {
      do throws(RoomSessionError) {
        let place = try await takeSeat()
        notify(.joined(again: hasJoined))
        (hasJoined, told) = (true, "")
        pause.noteSuccess()
        let why = try await stay(place, isEnding)
        guard let why else { return }
        notify(.lost(why))
      } catch {
        // What is wrong at first is wrong with the question; later, the bridge may come back.
        guard hasJoined, error.isPassing else { throw error }
        if told != error.description { notify(.lost(error.description)) }
        told = error.description
      }
      pause.noteFailure(at: MonotonicClock.now)
      while !pause.isOver(at: MonotonicClock.now), !isEnding() { await Self.rest() }
    }
  }

  /// What the bridge gave, and the thread that sits there.
  private struct Place {
    var joined: BridgeClient.Joined
    var thread: SeatThread
    var joinedAt: PacketTime
  }

  private func takeSeat() async throws(RoomSessionError) -> Place {
    do {
      let room = try await client.room(settings.room)
      if let old = forsaken.withLock({ $0.take() }) { try await client.leave(old, of: settings.room) }
      let socket = try UDPSocket(bindingTo: room.localAddress.withPort(0))
      let request = BridgeClient.JoinRequest(
        name: settings.name, isListener: settings.lines.mouth == nil, pin: settings.pin, address: socket.localAddress,
        layout: settings.lines.ears.layout)
      let joined = try await client.join(settings.room, request)
      var random = SystemRandomNumberGenerator()
      var agreed = SeatSettings(remoteSSRC: joined.ssrc, generator: &random)
      agreed.layout = settings.lines.ears.layout
      agreed.payloadType = BridgeClient.payloadType
      agreed.audioLevelExtension = BridgeClient.audioLevelExtension
      let now = MonotonicClock.now
      let thread = try SeatThread(
        try Seat(agreed, joining: now, clock: MonotonicClock.wall), socket: socket, remote: joined.remote,
        lines: settings.lines)
      seat.withLock { $0 = thread }
      return Place(joined: joined, thread: thread, joinedAt: now)
    } catch let error as BridgeClientError {
      throw .bridge(error)
    } catch {
      throw .system("\(error)")
    }
  }

  /// Returns `nil` when it is to end, else why the seat is no more.
  private func stay(_ place: Place, _ isEnding: @Sendable () -> Bool) async throws(RoomSessionError) -> String? {
    var askAgain = place.joinedAt
    while !isEnding() {
      await Self.rest()
      let state = place.thread.state
      let now = MonotonicClock.now
      let silence = now.nanoseconds(since: state.lastArrival ?? place.joinedAt)
      guard state.isOver || silence > Self.longestSilence, now >= askAgain else { continue }
      askAgain = now.advanced(byNanoseconds: Self.longestSilence)
      let isMember: Bool
      do {
        isMember = try await client.isMember(place.joined, of: settings.room)
      } catch {
        giveUp(place)
        forsaken.withLock { $0 = place.joined }
        throw .bridge(error)
      }
      if isMember { continue }
      giveUp(place)
      // A goodbye from a bridge that is up and has the room: somebody took us out.
      if state.isOver { throw .takenOut(room: settings.room) }
      return "the bridge does not know us any more"
    }
    giveUp(place)
    // Where that fails, the bridge is gone, and the seat with it.
    try? await client.leave(place.joined, of: settings.room)
    return nil
  }

  private func giveUp(_ place: Place) {
    seat.withLock { $0 = nil }
    place.thread.stop()
  }

  private static func rest() async {
    try? await Task.sleep(for: .milliseconds(lookMilliseconds))
  }
}

/// Why a session could not begin or go on; `description` says it in one line.
public enum RoomSessionError: Error, Hashable, Sendable {
  /// The bridge refused, or does not answer.
  case bridge(BridgeClientError)
  /// Somebody took the member out of the room.
  case takenOut(room: String)
  /// The system refused: in words.
  case system(String)

  /// Whether it may be over by itself: a bridge restarts, a room is opened again.
  var isPassing: Bool {
    switch self {
    case .bridge(.unreachable): true
    case .bridge(.refused(let status, let code, _)): status >= 500 || status == 404 && code == "room-not-found"
    case .bridge(.notUnderstood), .takenOut, .system: false
    }
  }
}

extension RoomSessionError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .bridge(let error): "\(error)"
    case .takenOut(let room): "somebody took us out of the room '\(room)'"
    case .system(let words): words
    }
  }
}
