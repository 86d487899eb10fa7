import Conference
import MediaBase

/// Members who talk among themselves within a room: a coach and a learner, an interpreter and their listeners.
package struct WhisperGroup: Sendable, Equatable {
  /// Who belongs to it.
  var members: Set<MemberID>
  /// The level at which all others hear the group's members.
  var heardByOthers: Decibels
  /// The level at which the group's members hear all others.
  var hearsOthers: Decibels

  /// Those members, and how loud they and all others are to each other.
  package init(members: Set<MemberID>, heardByOthers: Decibels, hearsOthers: Decibels) {
    self.members = members
    self.heardByOthers = heardByOthers
    self.hearsOthers = hearsOthers
  }
}

/// Who hears whom.
package struct LevelPair: Hashable, Sendable {
  /// Who hears.
  var listener: MemberID
  /// Whom they hear.
  var source: MemberID

  /// That listener and that source.
  package init(listener: MemberID, source: MemberID) {
    self.listener = listener
    self.source = source
  }
}

/// Works out, from a room's groups and its members' own wishes, at which level each hears each: only the pairs that differ
/// from 0 dB.
///
/// Within a group everybody hears everybody as they are. Across a group's border the lowest of all levels that apply
/// holds. A member's own wish for one source is added. Costs groups' members times the room's members.
package enum LevelPlan {
  /// The pairs of a room, each level in dB against that at which others hear the source.
  package static func pairs(
    members: [MemberID], groups: some Collection<WhisperGroup>, wishes: [LevelPair: Decibels]
  ) -> [LevelPair: Decibels] {
    var levels: [LevelPair: Decibels] = [:]
    for group in groups {
      let inside = members.filter(group.members.contains)
      for outside in members where !group.members.contains(outside) {
        for member in inside {
          lower(LevelPair(listener: outside, source: member), to: group.heardByOthers, in: &levels)
          lower(LevelPair(listener: member, source: outside), to: group.hearsOthers, in: &levels)
        }
      }
    }
    for pair in levels.keys where groups.contains(where: { contains($0, pair) }) { levels[pair] = .unity }
    for (pair, wish) in wishes { levels[pair] = Decibels(levels[pair, default: .unity].value + wish.value) }
    return levels.filter { $0.value != .unity }
  }

  private static func lower(_ pair: LevelPair, to level: Decibels, in levels: inout [LevelPair: Decibels]) {
    guard level != .unity || levels[pair] != nil else { return }
    levels[pair] = levels[pair].map { min($0, level) } ?? level
  }

  private static func contains(_ group: WhisperGroup, _ pair: LevelPair) -> Bool {
    group.members.contains(pair.listener) && group.members.contains(pair.source)
  }

  /// What the media side must be told to come from the old pairs to the new; a pair that is gone goes back to 0 dB. Pairs
  /// that end come first, so that the room never needs more places than it has.
  static func changes(
    from old: [LevelPair: Decibels], to new: [LevelPair: Decibels], among members: Set<MemberID>
  ) -> [(MemberID, MemberChange)] {
    let ended = old.keys.filter { new[$0] == nil && members.contains($0.listener) && members.contains($0.source) }
    let begun = new.filter { old[$0.key] != $0.value }
    let order = { (left: LevelPair, right: LevelPair) in
      (left.listener.rawValue, left.source.rawValue) < (right.listener.rawValue, right.source.rawValue)
    }
    return ended.sorted(by: order).map { ($0.listener, .level(.unity, of: $0.source)) }
      + begun.sorted { order($0.key, $1.key) }.map { ($0.key.listener, .level($0.value, of: $0.key.source)) }
  }
}
