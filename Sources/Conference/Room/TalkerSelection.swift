import MediaBase

/// Chooses who of a room is mixed: the loudest few, and no more changes than the ear wants.
///
/// ```
/// level each tick ─ score: up at once, down by 30 dB a second ─┬─ a place is free, and it is no background noise ─ in
///                                                              ├─ all are taken: 6 dB over the weakest ─ in, the weakest out
///                                                              └─ nothing but noise for 0.8 s ─ out
/// ```
/// A choir (`limit` of nil) takes in everybody who sends, and lets go who has sent nothing for 0.8 s. Part of a room, on
/// its media thread; allocates when it is made or enlarged. A tick costs a few nanoseconds for each who is offered.
struct TalkerSelection: ~Copyable {
  /// The most at one time; `nil`: everybody.
  private(set) var limit: Int?

  private var candidates: FixedArray<Candidate>
  /// Those who are selected, in no order: `selected[0..<selectedCount]`.
  private var selected: FixedArray<Int32>
  private(set) var selectedCount = 0
  /// Those offered this tick, in the order that they were offered in.
  private var offered: FixedArray<Int32>
  private var offeredCount = 0
  private var tick: Int64 = 0
  private let law: Law

  struct Candidate {
    /// Their level with a slow fall, in dBFS.
    var score = Level.silence
    /// Where their background noise lies.
    var floor = Level.startingFloor
    /// The tick that `score` belongs to, and the last one at which they were more than noise.
    var scoreTick: Int64 = .min
    var voiceTick: Int64 = .min
    var selectedTick: Int64 = .min
    /// Where they stand in `selected`; −1 where they do not.
    var place: Int32 = -1
  }

  /// Levels in dBFS.
  enum Level {
    static let silence: Float = -127
    /// Quieter than this nobody talks: a microphone's own noise with a good preamplifier.
    static let quietestVoice: Float = -70
    /// What passes for background until more is known.
    static let startingFloor: Float = -80
    /// Whatever goes on steadily is background, but nothing louder than this: music is no noise.
    static let highestFloor: Float = -50
    /// How far over the background a voice begins.
    static let overFloor: Float = 6
    /// What a newcomer must be louder by, so that two equal voices do not take the place in turns.
    static let margin: Float = 6
  }

  /// The levels' laws of motion, by the room's tick.
  struct Law {
    /// dB that a score falls by, and that a floor rises by, each tick.
    let fall: Float, floorRise: Float
    /// Ticks that a voice may pause for.
    let hold: Int64
    /// Ticks for which one who has just come in is not put out.
    let tenure: Int64

    init(frame: FrameDuration) {
      let milliseconds = Float(frame.milliseconds)
      fall = 30 * milliseconds / 1000
      floorRise = 3 * milliseconds / 1000
      hold = Int64(800 / milliseconds)
      tenure = Int64(200 / milliseconds)
    }
  }

  /// For members of index 0 to `capacity` − 1.
  init(limit: Int?, capacity: Int, frame: FrameDuration) {
    precondition(limit.map { $0 > 0 } ?? true, "a room needs a talker")
    self.limit = limit
    law = Law(frame: frame)
    candidates = FixedArray(count: capacity) { _ in Candidate() }
    selected = FixedArray(count: capacity) { _ in -1 }
    offered = FixedArray(count: capacity) { _ in -1 }
  }

  /// Makes room for members of a higher index, between two ticks.
  mutating func enlarge(to capacity: Int) {
    candidates.enlarge(to: capacity) { _ in Candidate() }
    selected.enlarge(to: capacity) { _ in -1 }
    offered.enlarge(to: capacity) { _ in -1 }
  }

  /// Changes how many may be selected: what a core sheds under load. Those too many go at the next `decide`.
  mutating func setLimit(_ limit: Int?) {
    self.limit = limit
  }

  /// Forgets a member: their index is given to somebody else.
  mutating func forget(_ member: Int) {
    remove(member)
    candidates[member] = Candidate()
  }

  /// Whether a member is selected, as of the last `decide`.
  func isSelected(_ member: Int) -> Bool { candidates[member].place >= 0 }

  /// Those who are selected, by their place 0 to `selectedCount` − 1.
  func selected(at place: Int) -> Int { Int(selected[place]) }

  /// Whether a member was more than background noise within the last 100 ms: what a page shows as talking.
  func isVoiced(_ member: Int) -> Bool {
    candidates[member].voiceTick != .min && tick - candidates[member].voiceTick <= law.tenure / 2
  }

  // MARK: One tick

  /// Starts the next tick.
  mutating func beginTick() {
    tick += 1
    offeredCount = 0
  }

  /// A member's level at this tick in dBFS; whoever is not offered was silent. Once a tick at most for each.
  mutating func offer(_ member: Int, level: Float) {
    let level = level.isFinite ? max(level, Level.silence) : Level.silence
    settle(member)
    candidates[member].score = max(level, candidates[member].score)
    let floor = candidates[member].floor
    candidates[member].floor = min(level, min(floor + law.floorRise, Level.highestFloor))
    if limit == nil || level > max(Level.quietestVoice, floor + Level.overFloor) {
      candidates[member].voiceTick = tick
    }
    guard candidates[member].place < 0 else { return }
    offered[offeredCount] = Int32(member)
    offeredCount += 1
  }

  /// Lets in and puts out. Afterwards `isSelected` and `selected(at:)` hold for this tick.
  mutating func decide() {
    dropSilent()
    while let limit, selectedCount > limit, let weakest = weakest(ofTenure: 0) { remove(weakest) }
    for index in 0..<offeredCount {
      let member = Int(offered[index])
      guard candidates[member].voiceTick == tick else { continue }
      if selectedCount < limit ?? .max {
        insert(member)
      } else if let weakest = weakest(ofTenure: law.tenure),
        candidates[member].score > candidates[weakest].score + Level.margin
      {
        remove(weakest)
        insert(member)
      }
    }
  }

  /// Lets a score fall by the ticks that have passed since it was right.
  private mutating func settle(_ member: Int) {
    let last = candidates[member].scoreTick
    if last != .min, last < tick {
      let fallen = candidates[member].score - law.fall * Float(tick - last)
      candidates[member].score = max(fallen, Level.silence)
    }
    candidates[member].scoreTick = tick
  }

  private mutating func dropSilent() {
    var place = 0
    while place < selectedCount {
      let member = Int(selected[place])
      settle(member)
      if tick - candidates[member].voiceTick > law.hold {
        remove(member)
      } else {
        place += 1
      }
    }
  }

  /// The one with the lowest score among those selected for so many ticks.
  private func weakest(ofTenure tenure: Int64) -> Int? {
    var weakest: Int?
    for place in 0..<selectedCount {
      let member = Int(selected[place])
      guard tick - candidates[member].selectedTick >= tenure else { continue }
      if weakest.map({ candidates[member].score < candidates[$0].score }) ?? true { weakest = member }
    }
    return weakest
  }

  private mutating func insert(_ member: Int) {
    selected[selectedCount] = Int32(member)
    candidates[member].place = Int32(selectedCount)
    candidates[member].selectedTick = tick
    selectedCount += 1
  }

  private mutating func remove(_ member: Int) {
    let place = Int(candidates[member].place)
    guard place >= 0 else { return }
    selectedCount -= 1
    let last = selected[selectedCount]
    selected[place] = last
    candidates[Int(last)].place = Int32(place)
    candidates[member].place = -1
  }
}

// MARK: Checkpoints

extension TalkerSelection {
  /// Limit and clock, between two ticks; the members' part is `codeMember`.
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&limit, empty: 1) { $0.code(&$1, in: 1...1_000_000) }
    coder.code(&tick, in: 0...1 << 60)
    if coder.isReading { while selectedCount > 0 { remove(Int(selected[0])) } }
    offeredCount = 0
  }

  mutating func codeMember(_ member: Int, _ coder: inout CheckpointCoder) {
    let ticks = Int64.min...1 << 60
    coder.code(&candidates[member].score)
    coder.code(&candidates[member].floor)
    coder.code(&candidates[member].scoreTick, in: ticks)
    coder.code(&candidates[member].voiceTick, in: ticks)
    coder.code(&candidates[member].selectedTick, in: ticks)
  }

  /// Selects one who was selected, in their old turn.
  mutating func restoreSelected(_ member: Int) {
    guard candidates[member].place < 0 else { return }
    selected[selectedCount] = Int32(member)
    candidates[member].place = Int32(selectedCount)
    selectedCount += 1
  }
}
