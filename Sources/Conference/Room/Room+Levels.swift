import MediaBase
import Mixing

/// Members who hear somebody differently, or nobody: each has a mix of their own as long as that lasts.
extension Room {
  /// Sets the level at which a listener hears a source; `unity` ends it.
  mutating func setLevel(
    _ level: Decibels, of source: MemberIndex, heardBy listener: MemberIndex
  ) throws(ConferenceMediaError) {
    guard source != listener else { throw .unsupported("nobody hears their own voice, at any level") }
    let existing = levelIndex(of: source, heardBy: listener)
    if level == .unity {
      if let existing { removeLevel(existing) }
    } else if let existing {
      levels[existing].level = level
    } else {
      guard levelCount < levels.count else {
        throw .unsupported("the room has room for \(levels.count) levels of one member heard by another")
      }
      try prepareOwnMix(of: listener)
      levels[levelCount] = LevelPair(listener: Int32(listener), source: Int32(source), level: level)
      levelCount += 1
      members[listener].ownLevels += 1
    }
    listenApart(listener)
    apply(level, of: source, heardBy: listener, immediately: false)
  }

  /// Makes sure that a member can have a mix of their own besides those who talk.
  mutating func prepareOwnMix(of listener: MemberIndex) throws(ConferenceMediaError) {
    // One more than there are, whether they are counted already or not: it does not grow with each change.
    try makePlaces(min(memberCount, mostTalkers) + pinnedCount + 1)
    try makeOwnEncoders(like: Int(senders[listener].stream), most: mostTalkers + pinnedCount + 1)
  }

  /// Tells the mixer, where both have a place in it.
  private mutating func apply(
    _ level: Decibels, of source: MemberIndex, heardBy listener: MemberIndex, immediately: Bool
  ) {
    guard let own = mixerPlace(of: listener), let other = mixerPlace(of: source) else { return }
    // The mixer has as many pairs as the room.
    try? mixer.setLevel(level, of: other, heardBy: own, immediately: immediately)
  }

  /// Tells the mixer of every level that names a member who has just got a place in it.
  mutating func applyLevels(naming index: MemberIndex) {
    for pair in 0..<levelCount {
      let (source, listener) = (Int(levels[pair].source), Int(levels[pair].listener))
      guard source == index || listener == index else { continue }
      apply(levels[pair].level, of: source, heardBy: listener, immediately: true)
    }
  }

  /// Forgets the levels of a member who leaves.
  mutating func dropLevels(naming index: MemberIndex) {
    var pair = 0
    while pair < levelCount {
      if levels[pair].source == Int32(index) || levels[pair].listener == Int32(index) {
        removeLevel(pair)
      } else {
        pair += 1
      }
    }
  }

  private mutating func removeLevel(_ pair: Int) {
    members[Int(levels[pair].listener)].ownLevels -= 1
    levelCount -= 1
    levels[pair] = levels[levelCount]
  }

  private func levelIndex(of source: MemberIndex, heardBy listener: MemberIndex) -> Int? {
    for pair in 0..<levelCount
    where levels[pair].source == Int32(source) && levels[pair].listener == Int32(listener) { return pair }
    return nil
  }
}
