import Conference
import MediaBase
import RTC
import Synchronization

/// One media thread's work: its port, its rooms, their packets and ticks.
///
/// ```
///  ┌▶ commands ─▶ wait for packets or the next tick ─▶ packets to their members ─▶ ticks that are due ─▶ send ─┐
///  └────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
/// ```
/// `run` is the thread; what others may touch is `perform` and `ask`, the waker, the ring of events and the count of strangers.
final class MediaWorker: @unchecked Sendable {
  let waker: Waker
  let events = BoundedRing<MediaEvent>(capacity: 16_384)
  let seed: UInt64
  /// Packets of nobody that is known, as of the last round.
  let strangers = Atomic<UInt64>(0)
  private let commands = CommandQueue<MediaCommand>(capacity: 4_096)
  private let ports: MediaPorts
  private let settings: MediaEngine.Settings
  private let number: Int
  private let bell: EventBell
  let handshakes: HandshakeLink
  private let fingerprint: CertificateFingerprint

  /// - Parameters:
  ///   - bell: rung where something stands in `events`.
  ///   - handshakeWaker: wakes the thread that shakes hands with WebRTC peers.
  ///   - fingerprint: that of our certificate.
  init(
    _ settings: MediaEngine.Settings, number: Int, seed: UInt64, bell: EventBell, handshakeWaker: Waker,
    fingerprint: CertificateFingerprint
  ) throws(MediaRuntimeError) {
    waker = try Waker()
    self.bell = bell
    handshakes = HandshakeLink(handshakes: handshakeWaker, media: waker)
    self.fingerprint = fingerprint
    // The thread makes its own; what would keep it from that is better told now.
    _ = try Poller(waker: waker)
    ports = try MediaPorts(settings)
    self.settings = settings
    self.number = number
    self.seed = seed
  }

  // MARK: From other threads

  /// Has a command carried out, and waits for it; returns at once when the thread has ended.
  func perform<Value: Sendable>(_ command: (Reply<Value>) -> MediaCommand) async {
    _ = await ask(command)
  }

  /// Has a command carried out, and gives its answer; `nil` when the thread has ended.
  func ask<Value: Sendable>(_ command: (Reply<Value>) -> MediaCommand) async -> Value? {
    await withCheckedContinuation { continuation in
      let command = command(Reply(continuation))
      while true {
        switch commands.send(command) {
        case .sent: return waker.wake()
        // Thousands of commands in one tick come from a mistake or an attack, and waiting slows both down.
        case .full: Backoff.pause()
        case .closed: return continuation.resume(returning: nil)
        }
      }
    }
  }

  // MARK: The thread

  func run(until stop: StopSignal) {
    // `init` has made one already: it fails here only where the last descriptor went in between. Whoever asks is refused.
    guard var poller = try? Poller(waker: waker) else { return commands.close() }
    var state = WorkerState(
      ports: ports, settings: settings, handshakes: handshakes, fingerprint: fingerprint, events: events)
    state.watch(&poller)
    var told = 0
    while !stop.isRequested {
      let mayBeMore = carryOutCommands(&state, poller)
      poller.wait(until: mayBeMore ? MonotonicClock.now : state.nextDeadline)
      for index in 0..<poller.readyCount { state.receive(from: poller.token(index)) }
      state.takeFindings(at: MonotonicClock.now)
      state.tickWhatIsDue()
      state.sweepPeers(at: MonotonicClock.now)
      if events.pushedCount != told {
        told = events.pushedCount
        bell.ring()
      }
      strangers.store(state.strangers, ordering: .relaxed)
    }
    // Whoever asked until now is answered.
    commands.close()
    while let command = commands.receive() { carryOut(command, &state, poller) }
    state.closeAll()
  }

  /// Carries out what waits, as long as no tick is due; true where more may wait. A thousand who join at once wait for each
  /// other, and those who are there do not wait for them.
  private func carryOutCommands(_ state: inout WorkerState, _ poller: borrowing Poller) -> Bool {
    guard var command = commands.receive() else { return false }
    let before = ThreadCPUTime.nanoseconds
    defer { state.noteCommands(ThreadCPUTime.nanoseconds - before) }
    while true {
      carryOut(command, &state, poller)
      if let deadline = state.nextDeadline, deadline <= MonotonicClock.now { return true }
      guard let next = commands.receive() else { return false }
      command = next
    }
  }

  private func carryOut(_ command: MediaCommand, _ state: inout WorkerState, _ poller: borrowing Poller) {
    switch command {
    case .open(let room, let reply):
      state.open(room)
      reply(())
    case .close(let id, let reply):
      // The room goes back to be let go where memory may be freed.
      reply(state.close(id))
    case .join(let room, let member, let leg, let reply):
      do throws(ConferenceMediaError) {
        reply(.success(try state.join(room, member, leg, poller)))
      } catch {
        reply(.failure(error))
      }
    case .change(let room, let member, let change, let reply):
      do throws(ConferenceMediaError) {
        try state.change(room, member, change)
        reply(.success(()))
      } catch {
        reply(.failure(error))
      }
    case .changeRoom(let room, let change, let reply):
      do throws(ConferenceMediaError) {
        try state.change(room, change)
        reply(.success(()))
      } catch {
        reply(.failure(error))
      }
    case .leave(let room, let member, let reply):
      state.leave(room, member)
      reply(())
    case .restartICE(let member, let credentials, let reply):
      do throws(ConferenceMediaError) {
        reply(.success(try state.restartICE(member, credentials)))
      } catch {
        reply(.failure(error))
      }
    case .attach(let tap, let room, let reply):
      do throws(ConferenceMediaError) {
        try state.attach(tap, to: room)
        reply(.success(()))
      } catch {
        reply(.failure(error))
      }
    case .detach(let tap, let room, let reply):
      state.detach(tap, from: room)
      // It goes back to be let go where memory may be freed.
      reply(tap)
    }
  }
}
