import Conference

/// What one run of the load gave.
public struct RoomLoadResult: Codable, Sendable, Hashable {
  /// What was run.
  public var scenario: RoomScenario
  /// How large, as the scenario counts it.
  public var size: Int
  /// Legs in all rooms.
  public var legs: Int
  /// SRTP's suite; `nil` where packets were plain.
  public var srtp: String?
  /// The share of the expected packets that came, of all legs and of the leg that got the fewest: 0 to 1.
  public var receivedShare = 0.0, worstReceivedShare = 0.0
  /// From each packet of a leg to its next, milliseconds.
  public var intervalP50 = 0.0, intervalP99 = 0.0, intervalMaximum = 0.0
  /// Times that sequence numbers were left out, and how many were.
  public var sequenceGaps = 0, sequenceMissing = 0
  /// How late the generator sent, milliseconds.
  public var generatorLatenessP99 = 0.0, generatorLatenessMaximum = 0.0
  /// Packets that the generator itself lost, sending or receiving.
  public var generatorDrops = 0
  /// Cores that the bridge kept busy, and the generator: 1 is one core.
  public var bridgeCores = 0.0, generatorCores = 0.0
  /// Growth of the process's memory by the rooms and their legs, KiB a leg.
  public var memoryKiBPerLeg = 0.0
  /// The most that the bridge shed, as `LoadShedding` counts it; 0 is nothing. What is carried with less effort or fewer
  /// talkers does not count.
  public var shedding = 0
  /// How long sound took, where that was measured.
  public var latency: LatencyResult?
  /// Why the bridge did not take the load; nothing is measured then.
  public var refusal: String?

  /// Nothing measured yet.
  package init(scenario: RoomScenario, size: Int, legs: Int) {
    self.scenario = scenario
    self.size = size
    self.legs = legs
  }

  /// What a bridge is to reach: 99.5 % of the packets, and 99 % of them less than 40 ms after the one before.
  public static let leastReceivedShare = 0.995, intervalLimitMilliseconds = 40.0
  /// A generator that sends later than a quarter of a packet's time is no fair load.
  public static let generatorLatenessLimitMilliseconds = 5.0

  /// Why the figures say nothing about the bridge; `nil` where they do.
  public var spoiltBy: String? {
    if generatorDrops > 0 { return "the generator lost \(generatorDrops) packets itself" }
    if generatorLatenessP99 > Self.generatorLatenessLimitMilliseconds {
      return "the generator was \(Int(generatorLatenessP99.rounded())) ms late"
    }
    return nil
  }

  /// Whether the bridge carried the load, and gave up nothing for it.
  public var isMet: Bool {
    refusal == nil && shedding == 0 && receivedShare >= Self.leastReceivedShare
      && intervalP99 < Self.intervalLimitMilliseconds
  }
}

/// The largest load of a scenario that the bridge carried, and the way there.
public struct RoomSearchResult: Codable, Sendable, Hashable {
  /// What was searched in.
  public var scenario: RoomScenario
  /// The codec's own limit, measured right before.
  public var codec: CodecLimit
  /// The largest that was met; nothing where not even the first was.
  public var largest: RoomLoadResult?
  /// Every run, in order.
  public var runs: [RoomLoadResult]
  /// The run that the latency was measured in, at half of the largest.
  public var latency: RoomLoadResult?

  /// What was found.
  package init(
    scenario: RoomScenario, codec: CodecLimit, largest: RoomLoadResult?, runs: [RoomLoadResult],
    latency: RoomLoadResult?
  ) {
    self.scenario = scenario
    self.codec = codec
    self.largest = largest
    self.runs = runs
    self.latency = latency
  }

  /// Legs of the largest size as a share of those that the codec alone would carry; `nil` where the legs do not have an
  /// encoder and a decoder each, or nothing was met.
  public var codecShare: Double? {
    guard scenario == .all || scenario == .threes, let largest else { return nil }
    return Double(largest.legs) / codec.legs
  }
}

/// All scenarios of a run.
public struct RoomResults: Codable, Sendable, Hashable {
  /// One for each scenario.
  public var searches: [RoomSearchResult]

  /// These results.
  public init(searches: [RoomSearchResult]) {
    self.searches = searches
  }
}
