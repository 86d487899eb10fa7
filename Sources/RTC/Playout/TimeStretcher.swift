import MediaBase

/// Makes waiting speech longer or shorter by whole pitch periods, so that its pitch stays and no click is heard.
///
/// Waveform similarity overlap-add: where the sound looks like itself one period on, both places are faded into each
/// other over that period. Quiet is cut to measure, for nobody hears where. Part of a voice; the media thread alone may
/// touch it.
///
///     shrink   | A | B | C …  ─▶  | A fading into B | C …
///     stretch  past H | A …   ─▶  | A fading into H | A …
struct TimeStretcher: ~Copyable {
  private let search = PitchSearch()

  /// Frames that should wait for a shrink to find the best period.
  static let comfortableFrames = PitchSearch.longestLag + max(PitchSearch.longestLag, PitchSearch.window)
  private static let shortestFade = PitchSearch.shortestLag

  /// Takes up to `limit` frames out at the front and returns how many: 0 where nothing looks alike enough.
  ///
  /// - Parameter isQuiet: whether the sound is so soft that likeness does not matter.
  func shrink(_ queue: inout PlayoutQueue, by limit: Int, likeness: Float, isQuiet: Bool) -> Int {
    let longest = min(limit, queue.count / 2)
    guard longest >= Self.shortestFade else { return 0 }
    var period = min(longest, PitchSearch.longestLag)
    if !isQuiet {
      let reach = min(longest, queue.count - PitchSearch.window)
      let match = search.findAhead(
        in: queue.storage.span, channels: queue.channels, anchor: queue.start, longest: reach)
      guard match.lag > 0, match.likeness >= likeness else { return 0 }
      period = match.lag
    }
    Self.fade(
      queue.storage, to: queue.start, from: queue.start, into: queue.start + period, period, queue.channels)
    queue.remove(period, at: period)
    return period
  }

  /// Puts a period in at the front and returns its frames: 0 where nothing looks alike enough, or where the room is short.
  func stretch(_ queue: inout PlayoutQueue, upTo limit: Int, likeness: Float, isQuiet: Bool) -> Int {
    guard queue.count >= PitchSearch.shortestLag, queue.hasRoom(for: PitchSearch.longestLag) else { return 0 }
    var period = min(queue.count, limit, PitchSearch.longestLag)
    if !isQuiet {
      guard queue.count >= PitchSearch.window else { return 0 }
      let reach = min(queue.count, PitchSearch.longestLag)
      let match = search.findBefore(
        in: queue.storage.span, channels: queue.channels, anchor: queue.start, longest: reach)
      guard match.lag > 0, match.likeness >= likeness else { return 0 }
      period = match.lag
    }
    guard period >= Self.shortestFade else { return 0 }
    queue.insertAtStart(period)
    let moved = queue.start + period
    Self.fade(queue.storage, to: queue.start, from: moved, into: queue.start - period, period, queue.channels)
    return period
  }

  /// Writes `count` frames to `place`: those at `first`, fading into those at `second`.
  private static func fade(
    _ storage: borrowing SampleBuffer, to place: Int, from first: Int, into second: Int, _ count: Int, _ channels: Int
  ) {
    let step = 1 / Float(count)
    var weight = step / 2
    for frame in 0..<count {
      for channel in 0..<channels {
        let from = storage[(first + frame) * channels + channel]
        let into = storage[(second + frame) * channels + channel]
        storage[(place + frame) * channels + channel] = from + (into - from) * weight
      }
      weight += step
    }
  }
}
