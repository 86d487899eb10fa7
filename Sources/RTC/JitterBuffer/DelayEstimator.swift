import MediaBase

/// Finds how long packets have to wait to be there when they are needed, as far as that is worth it.
///
/// A packet that comes too late is concealed, and moves the speech behind it or is lost: one of a hundred is worth 40 ms of
/// delay. So a steady jitter is met in full, and rare spikes are passed over, three packets of a hundred at the most.
///
/// A packet's *transit* is the tick at which it can be played first, less its place on the timeline. Ticks are what counts,
/// not arrivals: where packets come in step with them, at whatever phase, all transits are equal and nothing has to wait.
/// The last 256 transits are kept. At most four of one tick count, so that the burst behind an outage is one event and
/// not a hundred; a lasting change takes eight packets at the most to be believed upwards, and five seconds downwards. One
/// tick too late, one packet in that time is not enough to go up, but to stay.
///
///     transit ▲        ·               spike: passed over, too dear
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
  /// No more than three of a hundred may be late, whatever it costs.
  private static let lateShare = (numerator: 3, denominator: 100)
  private static let mostLate = capacity * lateShare.numerator / lateShare.denominator
  /// 40 ms of delay are worth one packet of a hundred.
  private static let priceOfAllLate: Int64 = 100 * 1_920

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

  /// The cheapest transit of the highest ones, but no lower than now unless that is much cheaper.
  private mutating func search() {
    notesUntilSearch = Self.notesBetweenSearches
    let passedOver = count * Self.lateShare.numerator / Self.lateShare.denominator
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.mostLate + 1) { highest in
      let lowest = sortHighest(passedOver + 1, into: highest)
      let price = Self.priceOfAllLate / Int64(count)
      var best = 0, late = 0
      for index in 0...passedOver {
        if base &+ Int64(highest[index]) > target { late = index + 1 }
        let saved = Int64(highest[best]) - Int64(highest[index])
        if saved > price * Int64(index - best) { best = index }
      }
      let limit = lowest.addingReportingOverflow(Self.longestWaitSamples)
      let found = base &+ Int64(min(highest[best], limit.overflow ? Int32.max : limit.partialValue))
      let saved = target &- found
      if saved <= 0 || late > passedOver || 2 * (saved - price * Int64(best - late)) >= saved { target = found }
    }
  }

  /// Writes the `number` highest transits to `highest`, the highest first, and returns the lowest of all.
  private func sortHighest(_ number: Int, into highest: UnsafeMutableBufferPointer<Int32>) -> Int32 {
    highest.initialize(repeating: Int32.min)
    var lowest = Int32.max
    for index in 0..<count {
      let transit = transits[index]
      lowest = min(lowest, transit)
      guard transit > highest[number - 1] else { continue }
      var place = number - 1
      while place > 0, highest[place - 1] < transit {
        highest[place] = highest[place - 1]
        place -= 1
      }
      highest[place] = transit
    }
    return lowest
  }
}

extension DelayEstimator {
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(time: &target)
    for index in 0..<Self.capacity { coder.code(&transits[index]) }
    coder.code(&count, in: 0...Self.capacity)
    coder.code(&next, in: 0...Self.capacity - 1)
    coder.code(time: &base)
    coder.code(time: &firstReady)
    // Before the first one it is the least number there is.
    coder.code(&newestReady, in: .min...CheckpointCoder.times.upperBound)
    coder.code(time: &newestPosition)
    coder.code(&countAtNewestReady, in: 0...1 << 40)
    coder.code(&notesUntilSearch, in: -1...Self.notesBetweenSearches)
  }
}
