import MediaBase

/// The sparse table of levels at which a listener hears a source differently from everybody else.
///
/// A list a listener through one pool of entries, so that a room without whispers pays nothing and one with them pays for
/// those alone. Part of a mixer; allocates only when it is made or enlarged.
struct ListenerLevels: ~Copyable {
  /// The most pairs at one time.
  let capacity: Int
  private var entries: FixedArray<Entry>
  private var heads: FixedArray<Int32>
  private var firstFree: Int32

  // Not private: whoever holds a table destroys its entries, and a debug build of Swift 6.3 cannot name a private type there.
  struct Entry {
    var source: Int32 = 0
    var next: Int32 = Self.none
    var level: Float = 1
    var ramp = GainRamp(.unity)
    static let none: Int32 = -1
  }

  init(members: Int, capacity: Int) {
    self.capacity = capacity
    entries = FixedArray(count: capacity) { index in
      Entry(next: index + 1 < capacity ? Int32(index + 1) : Entry.none)
    }
    heads = FixedArray(count: members) { _ in Entry.none }
    firstFree = capacity > 0 ? 0 : Entry.none
  }

  /// Makes room for listeners up to `members`.
  mutating func enlarge(members: Int) {
    heads.enlarge(to: members) { _ in Entry.none }
  }

  /// Sets the level that a source's ramp moves to, or stands at where it is `immediate`; false where a new entry is needed
  /// and none is free.
  mutating func set(_ level: Float, of source: Int, heardBy listener: Int, immediately: Bool) -> Bool {
    let gain = StereoGain(left: level, right: level)
    if let entry = find(source, heardBy: listener) {
      entries[entry].level = level
      if immediately { entries[entry].ramp = GainRamp(gain) } else { entries[entry].ramp.turn(to: gain) }
      return true
    }
    guard level != 1 else { return true }
    guard firstFree != Entry.none else { return false }
    let index = Int(firstFree)
    firstFree = entries[index].next
    entries[index] = Entry(source: Int32(source), next: heads[listener], level: level)
    if immediately { entries[index].ramp = GainRamp(gain) } else { entries[index].ramp.turn(to: gain) }
    heads[listener] = Int32(index)
    return true
  }

  func hasLevels(heardBy listener: Int) -> Bool {
    heads[listener] != Entry.none
  }

  func first(heardBy listener: Int) -> Int? {
    heads[listener] == Entry.none ? nil : Int(heads[listener])
  }

  func next(after entry: Int) -> Int? {
    entries[entry].next == Entry.none ? nil : Int(entries[entry].next)
  }

  func source(of entry: Int) -> Int {
    Int(entries[entry].source)
  }

  mutating func takeRamp(of entry: Int, upTo samples: Int) -> GainRamp.Piece {
    entries[entry].ramp.take(upTo: samples)
  }

  /// Frees a listener's entries that have come back to the ordinary level.
  mutating func dropFinished(heardBy listener: Int) {
    remove(heardBy: listener) { $0.ramp.rests(at: .unity) }
  }

  /// Frees every entry that names a member, as listener or as source.
  mutating func forget(_ member: Int) {
    remove(heardBy: member) { _ in true }
    for listener in 0..<heads.count {
      remove(heardBy: listener) { $0.source == Int32(member) }
    }
  }

  private func find(_ source: Int, heardBy listener: Int) -> Int? {
    var entry = first(heardBy: listener)
    while let current = entry, entries[current].source != Int32(source) {
      entry = next(after: current)
    }
    return entry
  }

  private mutating func remove(heardBy listener: Int, where isFinished: (borrowing Entry) -> Bool) {
    var previous: Int?
    var entry = first(heardBy: listener)
    while let current = entry {
      entry = next(after: current)
      guard isFinished(entries[current]) else {
        previous = current
        continue
      }
      let following = entries[current].next
      if let previous { entries[previous].next = following } else { heads[listener] = following }
      entries[current].next = firstFree
      firstFree = Int32(current)
    }
  }
}
