extension RoomBenchmark {
  /// The largest load worth trying.
  private static let largestSize = 20_000
  /// A search ends where its bounds are nearer than this share of the upper one.
  private static let precision = 0.04

  /// Searches the largest size that the bridge carries, doubling and then halving the distance, and measures the latency
  /// at half of it. Each run takes about seven seconds; a search about ten runs. `finished` is called after each.
  public func search(
    _ scenario: RoomScenario, finished: (RoomLoadResult) -> Void = { _ in }
  ) async throws -> RoomSearchResult {
    var result = RoomSearchResult(scenario: scenario, codec: try codecLimit(), largest: nil, runs: [], latency: nil)
    var met = 0
    var failed: Int?
    var size = scenario.firstSize
    while true {
      let run = try await runUnspoilt(scenario, size: size)
      result.runs.append(run)
      finished(run)
      if run.isMet && run.spoiltBy == nil {
        met = size
        result.largest = run
      } else {
        failed = size
      }
      guard let next = Self.nextSize(met: met, failed: failed) else { break }
      size = next
    }
    if met > 1 {
      let half = try await self.run(scenario, size: met / 2, measuresLatency: true)
      finished(half)
      result.latency = half
    }
    return result
  }

  /// One size, loaded with speech, and the latency at half of it.
  public func measure(_ scenario: RoomScenario, size: Int) async throws -> RoomSearchResult {
    let codec = try codecLimit()
    let loaded = try await runUnspoilt(scenario, size: size)
    let isMet = loaded.isMet && loaded.spoiltBy == nil
    let latency = try await run(scenario, size: max(1, size / 2), measuresLatency: true)
    return RoomSearchResult(
      scenario: scenario, codec: codec, largest: isMet ? loaded : nil, runs: [loaded], latency: latency)
  }

  /// What to try next; `nil` where the bounds are near enough.
  package static func nextSize(met: Int, failed: Int?) -> Int? {
    guard let failed else { return met * 2 <= largestSize ? met * 2 : nil }
    let distance = failed - met
    guard distance > 1, Double(distance) > Double(failed) * precision else { return nil }
    return met + distance / 2
  }

  /// A run that the generator spoilt is run once more: what else the machine did may be over.
  private func runUnspoilt(_ scenario: RoomScenario, size: Int) async throws -> RoomLoadResult {
    let first = try await run(scenario, size: size)
    return first.spoiltBy == nil ? first : try await run(scenario, size: size)
  }
}
