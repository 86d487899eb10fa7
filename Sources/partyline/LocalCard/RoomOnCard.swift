import BridgeServer
import Conference
import Foundation
import Logging
import MediaBase
import MediaRuntime
import Monitor
import Synchronization

/// Plays one room of this bridge on the local sound card, whenever there is a room of that name: `partyline host --monitor`.
///
/// ```
/// is there such a room? ─ yes ─▶ RoomTap ─▶ TapPlayer ─ until the room closes ─┐
///          ▲                                                                  │
///          └──────────────────────────────────────────────────────────────────┘
/// ```
/// One task; the card has a thread of its own. What the card has to say goes to the log.
final class RoomOnCard: Sendable {
  private let room: String
  private let device: String
  private let task = Mutex<Task<Void, Never>?>(nil)

  private static let lookMilliseconds = 200
  /// A second and a half of stereo.
  private static let tapBytes = 1 << 20

  init(room: String, device: String) {
    self.room = room
    self.device = device
  }

  /// Begins.
  func start(in bridge: BridgeHost, media: any RoomTapping, log: Logger) {
    task.withLock { task in
      task = Task { await follow(bridge, media, log) }
    }
  }

  /// Ends playing, and waits until the card is let go.
  func stop() {
    let task = self.task.withLock { $0.take() }
    guard let task else { return }
    task.cancel()
    let ended = DispatchSemaphore(value: 0)
    Task {
      await task.value
      ended.signal()
    }
    ended.wait()
  }

  private func follow(_ bridge: BridgeHost, _ media: any RoomTapping, _ log: Logger) async {
    while !Task.isCancelled {
      if let found = await bridge.mediaRoom(room) {
        do {
          try await play(found.id, found.settings.layout, media, log)
        } catch {
          log.error("room not played", metadata: ["room": "\(room)", "reason": "\(error)"])
        }
      }
      try? await Task.sleep(for: .milliseconds(Self.lookMilliseconds))
    }
  }

  private func play(_ id: RoomID, _ layout: ChannelLayout, _ media: any RoomTapping, _ log: Logger) async throws {
    let tap = RoomTap(.mix, capacityBytes: Self.tapBytes)
    do {
      try await media.attach(tap, to: id)
    } catch ConferenceMediaError.unknownRoom {
      return  // Closed meanwhile.
    }
    let player = try TapPlayer(tap, layout: layout, device: device) { log.warning("\($0)") }
    log.notice("room plays on the local card", metadata: ["room": "\(room)", "device": "\(device)"])
    while !player.isOver, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(Self.lookMilliseconds)) }
    player.stop()
    await media.detach(tap, from: id)
    let statistics = player.statistics
    log.notice(
      "room no longer plays on the local card",
      metadata: [
        "room": "\(room)", "underruns": "\(statistics.underruns)", "skips": "\(statistics.skips)",
        "xruns": "\(player.counts.xruns)", "dropped": "\(tap.droppedCount)",
      ])
  }
}
