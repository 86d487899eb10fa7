import MediaBase
import MediaRuntime
import RTC
import Synchronization

/// Runs a `Seat` on a UDP socket: packets in, a tick every 20 ms, packets out, on a thread of its own until `stop`.
///
/// ```
/// socket ─▶ Seat ─ 20 ms ─▶ ears, to the card        mouth, from the microphone ─ 20 ms ─▶ Seat ─▶ socket
/// ```
/// What it plays goes through `ears`, which outlive it: after a bridge's restart the next seat goes on with them. `stop` has
/// to be called before the last reference goes.
public final class SeatThread: Sendable {
  /// Where the seat stands.
  public struct State: Sendable {
    /// When the last good packet came; `nil` before the first.
    public var lastArrival: PacketTime?
    /// Whether the bridge said goodbye.
    public var isOver = false
    /// What is heard: the mean square of the last tenths of a second.
    public var power: Float = 0
    /// How the packets come.
    public var quality = SeatQuality()
  }

  /// Where sound goes and comes from.
  public struct Lines: Sendable {
    /// What is heard.
    public var ears: DriftLine
    /// What is said, one channel; `nil` for one who only listens.
    public var mouth: DriftLine?
    /// Whether nothing is said.
    public var mute: MuteSwitch

    /// Lines between a seat and its card.
    public init(ears: DriftLine, mouth: DriftLine? = nil, mute: MuteSwitch = MuteSwitch()) {
      self.ears = ears
      self.mouth = mouth
      self.mute = mute
    }
  }

  private let thread: MediaThread
  private let shared = SharedState()

  private final class SharedState: Sendable {
    let state = Mutex(State())
  }

  /// Begins at once: to receive from `remote` on `socket`, and to send there.
  public init(
    _ seat: consuming Seat, socket: UDPSocket, remote: TransportAddress, lines: Lines
  ) throws(MediaRuntimeError) {
    guard let destination = SocketAddress(remote, for: socket) else { throw .cannotSetUp(remote, code: -1) }
    let waker = try Waker()
    let shared = shared
    let box = SeatBox(seat)
    thread = try MediaThread(.serving("seat"), waker: waker) { stop in
      guard var poller = try? Poller(waker: waker), (try? poller.add(socket, token: 0)) != nil else { return }
      var loop = SeatLoop(box, socket: socket, remote: remote, destination: destination, lines: lines)
      while !stop.isRequested {
        poller.wait(until: loop.nextTick)
        if poller.readyCount > 0 { loop.receive() }
        if loop.tickWhatIsDue(at: MonotonicClock.now) { shared.state.withLock { loop.tell(&$0) } }
      }
    }
  }

  /// Where it stands.
  public var state: State { shared.state.withLock { $0 } }

  /// Ends it, and closes the socket with its last reference.
  public func stop() {
    thread.requestStop()
    thread.join()
  }
}

/// A seat on its way to the thread that owns it from then on.
private final class SeatBox: @unchecked Sendable {
  var seat: Seat

  init(_ seat: consuming Seat) {
    self.seat = seat
  }
}

/// What a seat's thread does: owned by it, and touched by no other.
private struct SeatLoop: ~Copyable {
  private let box: SeatBox
  private let socket: UDPSocket
  private let remote: TransportAddress
  private let destination: SocketAddress
  private let lines: SeatThread.Lines
  private var incoming = ReceiveBatch(capacity: 16)
  private var outgoing = SendBatch(capacity: 2, sharedPayloadBytes: 0)
  private let heard: SampleBuffer
  private let said = SampleBuffer(count: Seat.frameSamples)
  private var power: Float = 0
  private(set) var nextTick: PacketTime

  /// Behind by more than this, ticks are passed over: the machine slept.
  private static let longestDelay: Int64 = 500_000_000
  private static let frameMilliseconds = 20

  init(
    _ box: SeatBox, socket: UDPSocket, remote: TransportAddress, destination: SocketAddress, lines: SeatThread.Lines
  ) {
    self.box = box
    self.socket = socket
    self.remote = remote
    self.destination = destination
    self.lines = lines
    heard = SampleBuffer(count: Seat.frameSamples * lines.ears.layout.count)
    nextTick = MonotonicClock.now.advanced(byMilliseconds: Self.frameMilliseconds)
  }

  mutating func receive() {
    var received: Int
    repeat {
      received = incoming.receive(from: socket)
      for index in 0..<incoming.count where incoming.source(index) == remote {
        box.seat.receive(incoming.datagram(index), at: incoming.arrival(index))
      }
    } while received == incoming.capacity
  }

  /// Does the ticks that are due; whether there was any.
  mutating func tickWhatIsDue(at now: PacketTime) -> Bool {
    guard now >= nextTick else { return false }
    if now.nanoseconds(since: nextTick) > Self.longestDelay { nextTick = now }
    while now >= nextTick {
      tick(due: nextTick, now: now)
      nextTick = nextTick.advanced(byMilliseconds: Self.frameMilliseconds)
    }
    outgoing.flush(to: socket)
    return true
  }

  private mutating func tick(due: PacketTime, now: PacketTime) {
    var frame = heard.mutableSpan
    box.seat.listen(at: due, into: &frame)
    lines.ears.push(heard.span, at: due)
    notePower()
    if lines.mouth != nil { speak(due: due, now: now) }
    report(now)
  }

  private mutating func speak(due: PacketTime, now: PacketTime) {
    var frame = said.mutableSpan
    lines.mouth?.pull(into: &frame, at: now)
    if outgoing.isFull { outgoing.flush(to: socket) }
    var slot = outgoing.packetSlot
    let bytes = box.seat.speak(said.span, isMuted: lines.mute.isMuted, at: due, into: &slot)
    if bytes > 0 { outgoing.appendPacket(byteCount: bytes, to: destination) }
  }

  private mutating func report(_ now: PacketTime) {
    if outgoing.isFull { outgoing.flush(to: socket) }
    var slot = outgoing.packetSlot
    let bytes = box.seat.report(at: now, into: &slot)
    if bytes > 0 { outgoing.appendPacket(byteCount: bytes, to: destination) }
  }

  private mutating func notePower() {
    power += (Self.meanSquare(heard.span) - power) * 0.2
  }

  private static func meanSquare(_ samples: Span<Float>) -> Float {
    var sum: Float = 0
    for index in samples.indices { sum += samples[index] * samples[index] }
    return sum / Float(samples.count)
  }

  func tell(_ state: inout SeatThread.State) {
    state.lastArrival = box.seat.lastArrival
    state.isOver = box.seat.isOver
    state.power = power
    state.quality = box.seat.quality
  }
}
