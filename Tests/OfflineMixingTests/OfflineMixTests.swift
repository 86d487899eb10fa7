import Foundation
import MediaBase
import MediaFiles
import OfflineMixing
import Testing

@Suite("Legs on their way into a mix")
struct OfflineMixTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: Time

  /// A clock that ran 100 ppm fast made 48,004.8 samples a second of it.
  @Test(arguments: [100.0, -100, 2500])
  func driftIsTakenOut(_ partsPerMillion: Double) throws {
    let seconds = 20.0
    let rate = 48_000 * (1 + partsPerMillion * 1e-6)
    var samples = [Float](repeating: 0, count: Int((seconds * rate).rounded()))
    let clicks = [2.0, 10, 19.5]
    for click in clicks { samples[Int((click * rate).rounded())] = 0.5 }
    var leg = LegSpecification(file: try folder.write(samples, "leg.wav"))
    leg.driftPPM = partsPerMillion
    let mix = try mix([leg])
    #expect(mix.count == Int(seconds * 48_000))
    for click in clicks {
      let centre = Int(click * 48_000)
      let nearby = centre - 2400..<centre + 2400
      let highest = nearby.max { abs(mix[$0]) < abs(mix[$1]) } ?? 0
      #expect(abs(highest - centre) <= 1, "the click at \(click) s is at \(highest)")
      #expect(abs(mix[highest]) > 0.25)
    }
  }

  @Test(arguments: [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000], [0, 1, 2])
  func aLegHasTheLengthThatItsRateMakes(_ rate: Int, rest: Int) throws {
    let frames = 2 * rate + [0, 1, 37][rest]
    let samples = Array(Sound.sine(440, 3, peak: 0.5, rate: rate).prefix(frames))
    let mix = try mix([LegSpecification(file: try folder.write(samples, "leg.wav", rate: rate))])
    #expect(mix.count == Int((Double(frames) * 48_000 / Double(rate)).rounded()))
    // The same sine at 48 kHz, in its place; the ends ring.
    let sine = Sound.sine(440, 2, peak: 0.5)
    #expect(difference(Array(mix[4_800..<91_200]), Array(sine[4_800..<91_200])) < 1e-3)
  }

  @Test func aLegStartsAtItsSample() throws {
    var leg = LegSpecification(file: try folder.write([0.5, 0.25, -0.5], "leg.wav"))
    for start in [0, 1, 959, 960, 961, 24_000, 100_003] {
      leg.start = Double(start) / 48_000
      let mix = try mix([leg])
      #expect(mix.count == start + 3)
      #expect(mix.indices.filter { abs(mix[$0]) > 1e-6 } == [start, start + 1, start + 2])
    }
  }

  @Test func mixesStemsAndMixMinusAreAllAsLongAsTheMix() throws {
    var late = LegSpecification(file: try folder.write(Sound.sine(300, 0.7, peak: 0.1), "late.wav"))
    late.start = 1.2345
    var early = LegSpecification(
      file: try folder.write(Sound.sine(500, 0.4, peak: 0.1, rate: 8_000), "early.wav", rate: 8_000))
    early.gain = Decibels(-6)
    var job = OfflineMixJob(legs: [late, early])
    job.output = folder("mix.wav")
    job.encoding = .wav(.float32)
    job.mixMinusFolder = folder("minus")
    job.stemsFolder = folder("stems")
    let length = Int(try OfflineMix(job).run().length)
    #expect(length == 59_256 + 33_600)
    var sounds: [String: [Float]] = [:]
    for file in ["mix", "minus/late", "minus/early", "stems/late", "stems/early"] {
      let samples = try readSound(folder(file + ".wav")).samples
      #expect(samples.count == length, "\(file)")
      sounds[file] = samples
    }
    #expect(difference(sounds["minus/late"], sounds["stems/early"]) < 1e-6)
    #expect(difference(sounds["minus/early"], sounds["stems/late"]) < 1e-6)
    #expect(difference(sounds["mix"], Sound.sum(sounds["stems/late"] ?? [], sounds["stems/early"] ?? [])) < 1e-6)
  }

  // MARK: Channels and names

  @Test(arguments: [(1, ["call"]), (2, ["call-left", "call-right"]), (3, ["call-1", "call-2", "call-3"])])
  func eachChannelIsALegOfItsOwn(_ channels: Int, names: [String]) throws {
    let frames = 4_800
    let samples = (0..<frames * channels).map { Float($0 % channels + 1) / 8 }
    var leg = LegSpecification(file: try folder.write(samples, "call.wav", rate: 48_000, channels: channels))
    leg.channel = .each
    var job = OfflineMixJob(legs: [leg])
    job.wantsReport = true
    job.stemsFolder = folder("stems")
    let report = try #require(try OfflineMix(job).run().report)
    #expect(report.legs.map(\.name) == names)
    #expect(report.legs.map(\.channel) == (1...channels).map { $0 })
    for (index, name) in names.enumerated() {
      let stem = try readSound(folder("stems/\(name).wav")).samples
      #expect(stem == [Float](repeating: Float(index + 1) / 8, count: frames))
    }
  }

  @Test func manyChannelsAreFoldedToTheirMean() throws {
    let samples = (0..<4_800 * 3).map { Float($0 % 3) / 4 }
    let mix = try mix([LegSpecification(file: try folder.write(samples, "call.wav", rate: 48_000, channels: 3))])
    #expect(difference(mix, [Float](repeating: 0.25, count: 4_800)) < 1e-6)
  }

  @Test func aChannelThatIsNotThereIsNamed() throws {
    var leg = LegSpecification(file: try folder.write([0, 0], "call.wav"))
    leg.channel = .one(2)
    let error = #expect(throws: OfflineMixError.self) { try mix([leg]) }
    #expect(error?.description == "\(leg.file) has no channel 2: it has 1 (1 is the first)")
  }

  @Test(arguments: [
    (["a", "a", "a"], ["a", "a-2", "a-3"]), (["a", "A", "a"], ["a", "A-2", "a-3"]),
    (["a", "a", "a-2", "a"], ["a", "a-2", "a-2-2", "a-3"]), (["a", "a-2", "a"], ["a", "a-2", "a-3"]),
    (["李", "李"], ["李", "李-2"]), (["e\u{301}", "é"], ["é", "é-2"]),
  ])
  func noTwoLegsHaveOneName(_ names: [String], unique: [String]) throws {
    #expect(try self.names(names) == unique)
  }

  @Test func aLegWithoutANameHasItsFiles() throws {
    let file = try folder.write([0.1], "Bob.2.wav")
    var job = OfflineMixJob(legs: [LegSpecification(file: file), LegSpecification(file: file)])
    job.wantsReport = true
    #expect(try OfflineMix(job).run().report?.legs.map(\.name) == ["Bob.2", "Bob.2-2"])
  }

  /// Names that differ, and files that would not.
  @Test func namesThatMakeOneFileAreNumbered() throws {
    let file = try folder.write([0.1], "leg.wav")
    var job = OfflineMixJob(legs: ["a/b", "a_b"].map { leg(file, named: $0) })
    job.stemsFolder = folder("stems")
    _ = try OfflineMix(job).run()
    let made = try FileManager.default.contentsOfDirectory(atPath: folder("stems"))
    #expect(made.sorted() == ["a_b-2.wav", "a_b.wav"])
  }

  @Test func clippingInOneChannelOfAStereoLegIsCounted() throws {
    let samples = (0..<9_600).map { index in index % 2 == 0 && (1_000..<1_020).contains(index) ? Float(1) : 0.1 }
    var job = OfflineMixJob(legs: [LegSpecification(file: try folder.write(samples, "leg.wav", layout: .stereo))])
    job.layout = .stereo
    job.wantsReport = true
    #expect(try OfflineMix(job).run().report?.legs.first?.clippedSamples == 10)
  }

  // MARK: Progress

  @Test(arguments: [nil, -23.0] as [Double?], [1, 2])
  func progressRisesToTheTotalInEachPass(_ target: Double?, jobs: Int) throws {
    var job = OfflineMixJob(legs: [LegSpecification(file: try folder.write(Sound.speech(5.01, -30), "leg.wav"))])
    job.output = folder("mix.wav")
    job.targetLUFS = target
    job.jobs = jobs
    var told: [OfflineMix.Progress] = []
    let length = try OfflineMix(job).run { (progress) throws(OfflineMixError) in told.append(progress) }.length
    #expect(length == 240_480)
    #expect(
      told.allSatisfy { $0.total == length && (0...length).contains($0.done) && (1...$0.passes).contains($0.pass) })
    #expect(told.last?.done == length && told.last?.pass == told.last?.passes)
    #expect(told.last?.passes == (target == nil ? 1 : 2))
    for (earlier, later) in zip(told, told.dropFirst()) {
      #expect(
        earlier.pass == later.pass
          ? earlier.done <= later.done : earlier.pass + 1 == later.pass && earlier.done == length)
    }
  }

  @Test(arguments: [0, 1, 7], [nil, -23.0] as [Double?])
  func stoppingLeavesNothingBehind(after rounds: Int, target: Double?) throws {
    var job = OfflineMixJob(legs: [leg(try folder.write(Sound.speech(6, -30), "leg.wav"), named: "a")])
    job.legs.append(leg(job.legs[0].file, named: "b"))
    job.output = folder("mix.opus")
    job.mixMinusFolder = folder("minus")
    job.stemsFolder = folder("stems")
    job.targetLUFS = target
    var told = 0
    let error = #expect(throws: OfflineMixError.self) {
      try OfflineMix(job).run { (_) throws(OfflineMixError) in
        told += 1
        if told > rounds { throw .interrupted }
      }
    }
    guard case .interrupted = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(folder.names == ["leg.wav"])
  }

  @Test func theSameJobWritesTheSameBytesOnOneCoreAndOnMany() throws {
    var job = OfflineMixJob(legs: [])
    for index in 0..<5 {
      var leg = LegSpecification(
        file: try folder.write(Sound.speech(1.3, -12, seed: UInt64(index + 1)), "\(index).wav"))
      leg.start = 0.3 * Double(index)
      leg.driftPPM = Double(index - 2) * 40
      job.legs.append(leg)
    }
    job.stemsFolder = folder("stems")
    var written: [Data] = []
    for jobs in [1, 2, 7] {
      job.jobs = jobs
      job.output = folder("mix-\(jobs).opus")
      _ = try OfflineMix(job).run()
      written.append(try Data(contentsOf: URL(fileURLWithPath: folder("mix-\(jobs).opus"))))
    }
    #expect(written[0] == written[1] && written[0] == written[2] && !written[0].isEmpty)
  }

  // MARK: Help

  private func mix(_ legs: [LegSpecification]) throws -> [Float] {
    var job = OfflineMixJob(legs: legs)
    job.output = folder("mix.wav")
    job.encoding = .wav(.float32)
    let length = try OfflineMix(job).run().length
    let sound = try readSound(folder("mix.wav"))
    #expect(sound.samples.count == Int(length) * sound.format.channels)
    return sound.samples
  }

  private func leg(_ file: String, named name: String) -> LegSpecification {
    var leg = LegSpecification(file: file)
    leg.name = name
    return leg
  }

  private func names(_ wanted: [String]) throws -> [String] {
    let file = try folder.write([0.1], "leg.wav")
    var job = OfflineMixJob(legs: wanted.map { leg(file, named: $0) })
    job.wantsReport = true
    return try #require(try OfflineMix(job).run().report).legs.map(\.name)
  }

  private func difference(_ a: [Float]?, _ b: [Float]?) -> Float {
    guard let a, let b, a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}
