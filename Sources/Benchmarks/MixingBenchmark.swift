import Dispatch
import MediaBase
import Synchronization

/// Runs the arithmetic of every bridge over the same speech, and measures what its listeners get.
///
/// For each number of talkers and each level all bridges mix the same frames. The ideal mix of a listener is the sum of the
/// others, in numbers that have no limit. The bridges of one room run beside each other on the machine's cores; the results
/// do not depend on it.
public struct MixingBenchmark: Sendable {
  /// How many talk at once, a group of rows each.
  public var talkers = [3, 5, 8, 20, 50]
  /// Their levels while they talk, rms against full scale.
  public var levels = [-30, -24, -18, -12, -6].map { Decibels($0) }
  /// Length of each run.
  public var seconds = 30
  /// How many of the talkers are measured as listeners, the first ones.
  public var listeners = 3

  private let voices: [Voice]

  /// `recordings`: legs of speech, 48 kHz mono, full scale ±1. `nil` where all of them are silent.
  public init?(recordings: [[Float]]) {
    voices = recordings.compactMap(Voice.init(recording:))
    guard !voices.isEmpty else { return nil }
  }

  /// Runs everything; `finished` is called after each group of rows, with how many rows are done and how many there will be.
  public func run(finished: (_ done: Int, _ total: Int) -> Void = { _, _ in }) -> MixingResults {
    var results = MixingResults(rows: [])
    for count in talkers {
      for level in levels {
        results.rows += measure(Talkers(voices, count: count, level: level))
        finished(results.rows.count, talkers.count * levels.count * Self.bridges.count)
      }
    }
    return results
  }

  /// The rows of one room: one for each bridge.
  public func measure(_ talkers: Talkers) -> [MixingRow] {
    let room = MixingRoom(talkers: talkers, frames: seconds * 50, listeners: min(listeners, talkers.count))
    let rows = Mutex([MixingRow?](repeating: nil, count: Self.bridges.count))
    DispatchQueue.concurrentPerform(iterations: Self.bridges.count) { index in
      let row = Self.bridges[index](room)
      rows.withLock { $0[index] = row }
    }
    return rows.withLock { $0.compactMap(\.self) }
  }

  private static let bridges: [@Sendable (MixingRoom) -> MixingRow] = [
    { $0.measure(JanusMix.self) }, { $0.measure(AsteriskMix.self) }, { $0.measure(FreeSwitchMix.self) },
    { $0.measure(PJSIPMix.self) }, { $0.measure(PartylineMix.self) },
  ]
}

/// One room of talkers, with what its listeners should hear.
private struct MixingRoom: Sendable {
  let talkers: Talkers
  let frames: Int
  let listeners: Int
  private var own: [[Float]]
  private var ideal: [[Float]]
  private var overFullScale = 0.0

  init(talkers: Talkers, frames: Int, listeners: Int) {
    self.talkers = talkers
    self.frames = frames
    self.listeners = listeners
    own = Array(repeating: [], count: listeners)
    ideal = own
    var voices = [Int16](repeating: 0, count: talkers.count * MixFrame.samples)
    var over = 0
    for number in 0..<frames {
      var span = voices.mutableSpan
      talkers.fillFrame(number, into: &span)
      for at in 0..<MixFrame.samples {
        var sum: Int32 = 0
        for talker in 0..<talkers.count { sum += Int32(voices[talker * MixFrame.samples + at]) }
        for listener in 0..<listeners {
          let voice = Int32(voices[listener * MixFrame.samples + at])
          let others = sum - voice
          // Both are whole multiples of 2⁻¹⁵ below 2⁹: exact in a float.
          own[listener].append(Float(voice) / 32_768)
          ideal[listener].append(Float(others) / 32_768)
          if others > 32_767 || others < -32_768 { over += 1 }
        }
      }
    }
    overFullScale = Double(over) / Double(frames * MixFrame.samples * listeners)
  }

  func measure<Mix: MixArithmetic & ~Copyable>(_ type: Mix.Type) -> MixingRow {
    let mixes = run(type, listeners: listeners)
    var distortion = Distortion()
    var plain = PlainDistortion()
    var noiseToMask = NoiseToMask()
    var leak = OwnVoiceLeak()
    for listener in 0..<listeners {
      let rest = distortion.add(ideal: ideal[listener], mix: mixes[listener])
      plain.add(ideal: ideal[listener], mix: mixes[listener])
      noiseToMask.add(ideal: ideal[listener], mix: mixes[listener])
      let silenced = run(type, listeners: listener + 1, silent: listener)[listener]
      leak.add(own: own[listener], mix: mixes[listener], silenced: silenced, rest: rest)
    }
    return MixingRow(
      talkers: talkers.count, level: talkers.level, overFullScale: overFullScale, mix: Mix.title,
      distortion: distortion.ratio, noiseToMask: noiseToMask.ratio, plainDistortion: plain.ratio,
      ownVoiceCaused: leak.caused, ownVoiceFoundAtMost: leak.foundAtMost)
  }

  /// The mixes of the first listeners, at the time of the voices: a bridge's latency is taken off.
  private func run<Mix: MixArithmetic & ~Copyable>(
    _ type: Mix.Type, listeners: Int, silent: Int? = nil
  ) -> [[Float]] {
    var bridge = Mix(talkers: talkers.count)
    let latency = bridge.latencySamples
    var voices = [Int16](repeating: 0, count: talkers.count * MixFrame.samples)
    var mixed = [Int16](repeating: 0, count: listeners * MixFrame.samples)
    var mixes = [[Float]](repeating: [], count: listeners)
    let length = frames * MixFrame.samples
    for number in 0..<(length + latency + MixFrame.samples - 1) / MixFrame.samples {
      var span = voices.mutableSpan
      talkers.fillFrame(number, silent: silent, into: &span)
      var output = mixed.mutableSpan
      bridge.mix(voices.span, listeners: listeners, into: &output)
      for listener in 0..<listeners {
        let start = listener * MixFrame.samples
        mixes[listener] += mixed[start..<start + MixFrame.samples].map { Float($0) / 32_768 }
      }
    }
    return mixes.map { Array($0[latency..<latency + length]) }
  }
}
