import Foundation
import Synchronization

/// Hands what happens to everybody who reads the event streams, as Server-Sent Events (WHATWG HTML, 9.2).
///
/// ```
/// publish ─ number ─ encode once ─┬─ ring of the last 8,192, for those who come back
///                                 ├─ reader's queue of 32,768 ─ connection
///                                 └─ …
/// ```
///
/// One for the bridge; safe from any thread; nothing in it waits. A reader whose queue is full is cut off: they can come
/// back with the last number that they saw. Measures (`quality`, `level`) have no number and are not kept.
package final class EventHub: Sendable {
  /// Events kept for those who come back.
  let kept: Int
  /// Events that may wait for one reader. A large room that is closed tells of each member at once; what waits is shared by
  /// all readers, and a place costs 16 bytes.
  package let queued: Int

  /// Which events a reader wants.
  package struct Filter: Sendable {
    /// One room's; `nil`: all.
    var room: String?
    /// These names'; `nil`: all.
    var names: Set<String>?
    /// The session of the person who reads: they are told less. `nil`: the operator.
    var session: String?

    /// Of that room, of those names.
    package init(room: String? = nil, names: Set<String>? = nil, session: String? = nil) {
      self.room = room
      self.names = names
      self.session = session
    }

    fileprivate func wants(_ name: String, of room: String?) -> Bool {
      (self.room == nil || self.room == room) && (names?.contains(name) ?? true)
    }

    fileprivate func frame(of event: StoredEvent) -> String? {
      guard wants(event.name, of: event.room) else { return nil }
      return session == nil ? event.frame : event.personFrame
    }
  }

  /// A reader's part: first what they missed, then what comes.
  package struct Subscription: Sendable {
    /// Frames to send at once.
    package let replay: [String]
    /// Frames as they come; ends where the reader is cut off, their room closes, or the bridge stops.
    package let frames: AsyncStream<String>
    /// The reader's place: given back when the last copy is let go.
    fileprivate let place: ReaderPlace
  }

  fileprivate struct State {
    var next: UInt64 = 1
    var ring: [StoredEvent] = []
    var readers: [UInt64: Reader] = [:]
    var nextReader: UInt64 = 1
    var limit: Int
    var isFinished = false
  }

  fileprivate struct Reader {
    let filter: Filter
    let continuation: AsyncStream<String>.Continuation
    let onCutOff: @Sendable () -> Void
  }

  /// Told apart from the numbers of an earlier run of the program.
  private let epoch: String
  private let state: Mutex<State>

  /// - Parameters:
  ///   - limit: the most readers at one time.
  ///   - epoch: distinguishes this run's numbers from an earlier one's.
  package init(
    limit: Int, kept: Int = 8_192, queued: Int = 32_768,
    epoch: String = String(UInt32.random(in: .min ... .max), radix: 16)
  ) {
    self.epoch = epoch
    self.kept = kept
    self.queued = queued
    state = Mutex(State(limit: limit))
  }

  /// The most readers at one time.
  var readerLimit: Int {
    get { state.withLock { $0.limit } }
    set { state.withLock { $0.limit = newValue } }
  }

  /// Readers now.
  package var readerCount: Int { state.withLock { $0.readers.count } }

  /// Tells everybody. A measure that nobody wants costs no encoding.
  package func publish(_ kind: EventKind, room: String?, at time: Date) {
    if kind.isMeasure && !isWanted(kind.name, room: room) { return }
    let frame = Self.frame(kind.name, kind.data, room: room, time: time)
    let personFrame = kind.personData.map { Self.frame(kind.name, $0, room: room, time: time) }
    let cutOff = state.withLock { state -> [@Sendable () -> Void] in
      var id = ""
      var number: UInt64 = 0
      if !kind.isMeasure {
        number = state.next
        id = "id: \(epoch)-\(state.next)\n"
        state.next += 1
      }
      let event = StoredEvent(
        number: number, name: kind.name, room: room, frame: id + frame, personFrame: personFrame.map { id + $0 })
      if number != 0 { keep(event, in: &state) }
      return state.deliver { $0.frame(of: event) }
    }
    for end in cutOff { end() }
  }

  /// Sends a comment to everybody, so that nothing between takes the connection for dead.
  package func keepAlive() {
    let cutOff = state.withLock { $0.deliver { _ in ": keep-alive\n\n" } }
    for end in cutOff { end() }
  }

  /// Begins to read; `nil` where there are as many readers as may be.
  ///
  /// - Parameters:
  ///   - lastID: the last event's id that the reader saw, from `Last-Event-ID`.
  ///   - onCutOff: called when the reader did not keep up; is to close their connection.
  package func subscribe(
    _ filter: Filter, after lastID: String? = nil, onCutOff: @escaping @Sendable () -> Void = {}
  ) -> Subscription? {
    state.withLock { state in
      guard state.readers.count < state.limit, !state.isFinished else { return nil }
      let (frames, continuation) = AsyncStream.makeStream(
        of: String.self, bufferingPolicy: .bufferingOldest(queued))
      let id = state.nextReader
      state.nextReader += 1
      state.readers[id] = Reader(filter: filter, continuation: continuation, onCutOff: onCutOff)
      let replay = replay(after: lastID, filter, state)
      return Subscription(replay: replay, frames: frames, place: ReaderPlace { [weak self] in self?.end(id) })
    }
  }

  /// Ends the streams that read that room only.
  func finish(room: String) {
    state.withLock { state in
      for (id, reader) in state.readers where reader.filter.room == room {
        reader.continuation.finish()
        state.readers[id] = nil
      }
    }
  }

  /// Ends the streams of a person who was put out, once they have been sent what was told before.
  func finish(session: String) {
    state.withLock { state in
      for (id, reader) in state.readers where reader.filter.session == session {
        reader.continuation.finish()
        state.readers[id] = nil
      }
    }
  }

  /// The room is closed: people of a later one of the same name are told nothing of it.
  func forgetPeople(of room: String) {
    state.withLock { state in
      for place in state.ring.indices where state.ring[place].room == room { state.ring[place].personFrame = nil }
    }
  }

  /// Ends all streams, and takes no more readers.
  func finish() {
    state.withLock { state in
      state.isFinished = true
      for reader in state.readers.values { reader.continuation.finish() }
      state.readers = [:]
    }
  }

  private func isWanted(_ name: String, room: String?) -> Bool {
    state.withLock { $0.readers.values.contains { $0.filter.wants(name, of: room) } }
  }

  private func end(_ id: UInt64) {
    state.withLock { $0.readers.removeValue(forKey: id)?.continuation.finish() }
  }

  private func keep(_ event: StoredEvent, in state: inout State) {
    // In pieces, so that the ring's front is not moved with every event.
    if state.ring.count >= 2 * kept { state.ring.removeFirst(kept) }
    state.ring.append(event)
  }

  /// What a reader missed; a frame `eventsLost` first, where some are no longer there.
  private func replay(after lastID: String?, _ filter: Filter, _ state: State) -> [String] {
    guard let lastID, !lastID.isEmpty else { return [] }
    let parts = lastID.split(separator: "-")
    let known = parts.count == 2 && parts[0] == epoch ? UInt64(parts[1]) : nil
    let kept = state.ring.suffix(self.kept)
    let oldest = kept.first?.number ?? state.next
    let last = known ?? 0
    let missed = kept.filter { $0.number > last }.compactMap { filter.frame(of: $0) }
    if known == nil || last + 1 < oldest || last >= state.next {
      return ["event: eventsLost\ndata: {\"oldest\":\"\(epoch)-\(oldest)\"}\n\n"] + missed
    }
    return missed
  }

  private static func frame(_ name: String, _ data: any Encodable & Sendable, room: String?, time: Date) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let envelope = EventEnvelope(time: APITime.text(time), room: room, data: data)
    // Every number in it is finite: encoding cannot fail.
    guard let bytes = try? encoder.encode(envelope) else { preconditionFailure("an event that is no JSON") }
    return "event: \(name)\ndata: \(String(decoding: bytes, as: UTF8.self))\n\n"
  }
}

extension EventHub.State {
  /// Queues a frame for those who want it; gives back what closes the connections of those whose queue is full.
  fileprivate mutating func deliver(
    _ frame: (EventHub.Filter) -> String?
  ) -> [@Sendable () -> Void] {
    var cutOff: [@Sendable () -> Void] = []
    for (id, reader) in readers {
      guard let frame = frame(reader.filter) else { continue }
      if case .enqueued = reader.continuation.yield(frame) { continue }
      reader.continuation.finish()
      readers[id] = nil
      cutOff.append(reader.onCutOff)
    }
    return cutOff
  }
}

/// A reader's place among the readers, for as long as somebody holds it: also given back where the answer was never sent.
private final class ReaderPlace: Sendable {
  private let giveBack: @Sendable () -> Void

  init(giveBack: @escaping @Sendable () -> Void) {
    self.giveBack = giveBack
  }

  deinit { giveBack() }
}

/// An event as it is kept: already encoded.
private struct StoredEvent {
  /// 0 where it has none.
  let number: UInt64
  let name: String
  let room: String?
  let frame: String
  /// For people in the room; `nil` where it is not for them.
  var personFrame: String?
}

/// What stands in an event's data: time, room, and the kind's own fields beside them.
private struct EventEnvelope: Encodable {
  let time: String
  let room: String?
  let data: any Encodable

  private enum Key: String, CodingKey {
    case time, room
  }

  func encode(to encoder: any Encoder) throws {
    try data.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(time, forKey: .time)
    try container.encodeIfPresent(room, forKey: .room)
  }
}
