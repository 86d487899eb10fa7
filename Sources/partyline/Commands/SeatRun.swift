import ArgumentParser
import Dispatch
import Foundation
import MediaBase
import MediaRuntime
import Monitor
import Synchronization

/// One run of `monitor` or `talk`: the card, the session and the terminal around each other.
///
/// ```
/// RoomSession ─ ears ─▶ CardPlayer        CardRecorder ─ mouth ─▶ RoomSession        keys ─▶ MuteSwitch
/// ```
struct SeatRun {
  private let options: SeatOptions
  private let talks: Bool
  private let microphone: String
  private let display: RoomDisplay
  private let mute: MuteSwitch
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(_ options: SeatOptions, talks: Bool, microphone: String? = nil, isMuted: Bool = false) {
    self.options = options
    self.talks = talks
    self.microphone = microphone ?? options.device
    display = RoomDisplay(room: options.room, isShown: isTerminal)
    mute = MuteSwitch(isMuted: isMuted)
  }

  /// Joins, plays until it is asked to end, and leaves; the main thread waits.
  func run() throws {
    let interruption = Interruption()
    let client = try options.makeClient()
    let failure = Mutex<String?>(nil)
    let ended = DispatchSemaphore(value: 0)
    Task {
      do {
        try await sit(client, interruption)
      } catch {
        failure.withLock { $0 = "\(error)" }
      }
      ended.signal()
    }
    ended.wait()
    display.clear()
    if let failure = failure.withLock({ $0 }) { throw Complaint.exit(failure) }
  }

  private func sit(_ client: BridgeClient, _ interruption: Interruption) async throws {
    let room = try await client.room(options.room)
    let lines = try makeLines(room.layout)
    let player = try CardPlayer(device: options.device, layout: room.layout, report: display.say) { samples, now in
      lines.ears.pull(into: &samples, at: now)
    }
    defer { player.stop() }
    let recorder = try lines.mouth.map { mouth in
      try CardRecorder(device: microphone, layout: .mono, report: display.say) { samples, now in
        mouth.push(samples, at: now)
      }
    }
    defer { recorder?.stop() }
    let session = RoomSession(
      client,
      settings: RoomSession.Settings(
        room: options.room, name: options.memberName(talks ? "talk" : "monitor"), pin: options.pin, lines: lines))
    let company = isTerminal ? [watch(client), drawing(session, player), readKeys()] : []
    defer { for task in company { task.cancel() } }
    let deadline = options.seconds.map { MonotonicClock.now.advanced(byNanoseconds: Int64($0 * 1e9)) }
    try await session.run(
      isEnding: { interruption.isRequested || deadline.map { MonotonicClock.now >= $0 } ?? false },
      notify: { notice in
        switch notice {
        case .joined(again: true): display.say("in the room '\(options.room)' again")
        case .joined(again: false): display.tell("in the room '\(options.room)'; Ctrl-C leaves")
        case .lost(let why): display.say("\(why); trying again")
        }
      })
    sumUp(lines, player, recorder)
  }

  /// How well it went, for a person at the terminal.
  private func sumUp(_ lines: SeatThread.Lines, _ player: CardPlayer, _ recorder: CardRecorder?) {
    let ears = lines.ears.statistics
    // The buffer tells by how much our clock is fast against the card's.
    let drift = String(format: "%+.0f", -ears.driftPPM)
    display.tell(
      "left; loudspeaker: clock \(drift) ppm, ran dry \(ears.underruns) times, \(player.counts.xruns) xruns")
    guard let recorder, let mouth = lines.mouth?.statistics else { return }
    display.tell("microphone: ran dry \(mouth.underruns) times, \(recorder.counts.xruns) xruns")
  }

  private func makeLines(_ layout: ChannelLayout) throws -> SeatThread.Lines {
    SeatThread.Lines(
      ears: try DriftLine(layout: layout, pullFrames: CardPlayer.periodFrames),
      mouth: talks ? try DriftLine(layout: .mono, pullFrames: Seat.frameSamples) : nil, mute: mute)
  }

  // MARK: At the terminal

  /// Who talks, for as long as the program runs.
  private func watch(_ client: BridgeClient) -> Task<Void, Never> {
    Task {
      while !Task.isCancelled {
        try? await client.watchTalkers(in: options.room) { display.setTalkers($0) }
        display.setTalkers([])
        try? await Task.sleep(for: .seconds(1))
      }
    }
  }

  private func drawing(_ session: RoomSession, _ player: CardPlayer) -> Task<Void, Never> {
    Task {
      while !Task.isCancelled {
        let power = Double(session.state?.power ?? 0)
        var notes: [String] = []
        if session.state == nil { notes.append("[not in the room]") }
        if !player.counts.isOpen { notes.append("[no sound card]") }
        if talks && mute.isMuted { notes.append("[muted]") }
        display.draw(leveldBFS: Decibels(power: power).value, note: notes.joined(separator: " "))
        try? await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  /// m or the space bar, and Enter.
  private func readKeys() -> Task<Void, Never> {
    guard talks, isatty(STDIN_FILENO) == 1 else { return Task {} }
    let mute = mute
    let display = display
    // A thread that may wait for ever; the program's end ends it.
    Thread.detachNewThread {
      while let line = readLine() {
        if Self.isMuteKey(line) { display.tell(mute.toggle() ? "muted" : "heard again") }
      }
    }
    return Task {}
  }

  private static func isMuteKey(_ line: String) -> Bool {
    line.lowercased() == "m" || (!line.isEmpty && line.allSatisfy { $0 == " " })
  }
}
