import MediaBase

/// Finds how long packets have to wait so that all but 3 % are there when they are needed.
///
/// A packet's *transit* is the tick at which it can be played first, less its place on the timeline. Ticks are what counts,
/// not arrivals: where packets come in step with them, at whatever phase, all transits are equal and nothing has to wait.
/// The last 256 transits are kept. At most four of one tick count, so that the burst behind an outage is one event and
/// not a hundred; a lasting change takes eight packets to be believed upwards, and five seconds downwards.
///
///     transit ▲        ·               spike: passed over, it is in the highest 3 %
///             │──────────────────────── target
///             │ · ·· · ·· ·· · · ··
///             └──────────────────────▶ packets
///
/// Part of a jitter buffer, 1 KiB; the media thread alone may touch it. Every sixteenth packet, and
/// each that is later than the target, costs a look at all of them.
struct DelayEstimator: ~Copyable {
  /// What is added to a packet's position to get the tick at which it is due, both in samples at 48 kHz.
  private(set) var target: Int64 = 0

  private var transits = FixedArray<Int32>(count: capacity) { _ in 0 }
  private var count = 0
  private var next = 0
  /// What the kept transits are relative to.
  private var base: Int64 = 0
  private var firstReady: Int64 = 0
  private var newestReady = Int64.min
  private var newestPosition: Int64 = 0
  private var countAtNewestReady = 0
  private var notesUntilSearch = 0

  private static let capacity = 256
  private static let longestWaitSamples: Int32 = 24_000
  private static let mostInOneTick = 4
  private static let notesBetweenSearches = 16
  /// Three of a hundred may be late.
  private static let lateShare = (numerator: 3, denominator: 100)
  private static let mostLate = capacity * lateShare.numerator / lateShare.denominator

  /// Forgets all that was measured; the next packet is due at its own tick.
  mutating func reset() {
    count = 0
    next = 0
    newestReady = Int64.min
  }

  /// Puts what was measured by arrivals, before the first tick told where ticks are, to the ticks.
  mutating func align(toTick tick: Int64, frameSamples: Int) {
    guard count > 0 else { return }
    let step = Int64(frameSamples)
    let shift = ((tick &- firstReady) % step + step) % step
    base &+= shift
    target &+= shift
  }

  /// Takes note of a packet at `position` that can be played at `ready`; `frameSamples` are one tick.
  mutating func note(position: Int64, ready: Int64, frameSamples: Int) {
    if count == 0 {
      base = ready &- position
      target = base
      firstReady = ready
    }
    let transit = Int32(clamping: ready &- position &- base)
    if ready == newestReady {
      if isWithinFrame(position, frameSamples) { return mergeIntoNewest(transit) }
      countAtNewestReady += 1
      guard countAtNewestReady <= Self.mostInOneTick else { return }
    } else {
      countAtNewestReady = 1
    }
    newestReady = ready
    newestPosition = position
    append(transit)
  }

  /// Packets shorter than a tick count once a tick, for the one that waits longest.
  private func isWithinFrame(_ position: Int64, _ frameSamples: Int) -> Bool {
    abs(position &- newestPosition) < Int64(frameSamples)
  }

  private mutating func mergeIntoNewest(_ transit: Int32) {
    let newest = (next + Self.capacity - 1) % Self.capacity
    guard count > 0, transit > transits[newest] else { return }
    transits[newest] = transit
    search()
  }

  private mutating func append(_ transit: Int32) {
    transits[next] = transit
    next = (next + 1) % Self.capacity
    count = min(count + 1, Self.capacity)
    notesUntilSearch -= 1
    if notesUntilSearch <= 0 || base &+ Int64(transit) > target { search() }
  }

  /// The highest transit but for the 3 % above it.
  private mutating func search() {
    notesUntilSearch = Self.notesBetweenSearches
    let passedOver = count * Self.lateShare.numerator / Self.lateShare.denominator
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.mostLate + 1) { highest in
      highest.initialize(repeating: Int32.min)
      var lowest = Int32.max
      for index in 0..<count {
        let transit = transits[index]
        lowest = min(lowest, transit)
        guard transit > highest[passedOver] else { continue }
        var place = passedOver
        while place > 0, highest[place - 1] < transit {
          highest[place] = highest[place - 1]
          place -= 1
        }
        highest[place] = transit
      }
      let limit = lowest.addingReportingOverflow(Self.longestWaitSamples)
      target = base &+ Int64(min(highest[passedOver], limit.overflow ? Int32.max : limit.partialValue))
    }
  }
}
