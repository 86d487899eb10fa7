import Conference
import MediaBase
import MediaRuntime
import Mixing
import Synchronization

/// Plays the shared mix of a tapped room on a card, within the bridge: no leg, no codec, no jitter.
///
/// ```
/// Room ─▶ RoomTap ─ drained on the card's thread ─▶ DriftBuffer ─▶ Card
/// ```
/// The room does not wait for it: what the card's thread is too late for is dropped by the tap and counted there. `stop` has
/// to be called before the last reference goes. While there is no card the tap is drained all the same.
public final class TapPlayer: Sendable {
  private let player: CardPlayer
  private let reading: Reading

  /// What the card's thread reads the tap with.
  private final class Reading: Sendable {
    let listener: Mutex<TapListener>

    init(layout: ChannelLayout) throws(ResamplerError) {
      listener = Mutex(TapListener(try DriftBuffer(layout: layout, pullFrames: CardPlayer.periodFrames)))
    }
  }

  /// Begins to play a tap that tells the mix, of a room with that layout. Throws where the system refuses a thread.
  ///
  /// - Parameter report: as `CardPlayer.init` has it.
  public init(
    _ tap: RoomTap, layout: ChannelLayout, device: String, report: @escaping @Sendable (String) -> Void
  ) throws {
    precondition(tap.content.contains(.mix), "a tap without the mix cannot be heard")
    let reading = try Reading(layout: layout)
    self.reading = reading
    player = try CardPlayer(device: device, layout: layout, report: report) { samples, now in
      reading.listener.withLock { listener in
        tap.drain(into: &listener)
        listener.buffer.pull(into: &samples, at: now)
      }
    }
  }

  /// Whether the tap has ended: its room was closed.
  public var isOver: Bool { reading.listener.withLock { $0.isOver } }

  /// How the buffer before the card is doing.
  public var statistics: DriftStatistics { reading.listener.withLock { $0.buffer.statistics } }

  /// How the card is doing.
  public var counts: CardCounts { player.counts }

  /// Ends playing, and lets go of the card.
  public func stop() {
    player.stop()
  }
}

/// Puts each tick's mix into a buffer, at the time when the tick was due.
private struct TapListener: RoomTapReader, ~Copyable {
  var buffer: DriftBuffer
  private(set) var isOver = false

  init(_ buffer: consuming DriftBuffer) {
    self.buffer = buffer
  }

  mutating func tick(at time: PacketTime, mix: Span<Float>) {
    if !mix.isEmpty { buffer.push(mix, at: time) }
  }

  mutating func packet(
    _ datagram: Span<UInt8>, from source: TransportAddress, for member: MemberID, at arrival: PacketTime
  ) {}

  mutating func command(_ command: RoomCommand, at time: PacketTime) {
    if case .ended = command { isOver = true }
  }
}
