import Foundation
import MediaBase
import MediaFiles
import Mixing

/// Mixes recorded legs into one recording: the mixer of the live bridge, driven by file time.
///
/// ```
/// probe every leg ─ plan the outputs ─ [measure the loudness ─ find the gain] ─ mix, write ─ report
/// ```
/// Nothing appears under an output's name before all of it is written. The same job gives the same bytes on one core and on
/// many. Memory depends on the number of legs, not on their length.
public struct OfflineMix {
  /// What is left to do, for a progress display.
  public struct Progress: Sendable {
    /// The pass that is running, from 1, and how many there will be.
    public var pass: Int
    /// Passes in all; one more may turn out to be needed while measuring.
    public var passes: Int
    /// Samples per channel mixed in this pass.
    public var done: Int64
    /// Samples per channel of the whole mix.
    public var total: Int64

    /// So far in one of so many passes.
    public init(pass: Int, passes: Int, done: Int64, total: Int64) {
      (self.pass, self.passes, self.done, self.total) = (pass, passes, done, total)
    }
  }

  /// What a run did.
  public struct Result: Sendable {
    /// The mix's length in samples per channel.
    public var length: Int64
    /// What was damaged, mended or worth a look, one sentence each.
    public var warnings: [String]
    /// Everything that was heard and done, where a report was wanted.
    public var report: MixReport?
  }

  /// The longest mix, in samples per channel: sixty days.
  public static let longestMix: Int64 = 60 * 86_400 * 48_000

  let job: OfflineMixJob
  let legs: [Leg]
  let plan: OutputPlan
  private let probeWarnings: [String]

  /// Looks at every leg, and at where the outputs are to go; writes nothing yet.
  public init(_ job: OfflineMixJob) throws(OfflineMixError) {
    guard !job.legs.isEmpty else { throw .noLegs }
    guard
      job.output != nil || job.mixMinusFolder != nil || job.stemsFolder != nil || job.wantsReport
    else { throw .noOutput }
    OpenFileLimit.raise()
    self.job = job
    let probe = LegProbe(mixLayout: job.mixLayout, gainTags: job.gainTags, keepsGoing: job.keepsGoing)
    (legs, probeWarnings) = try probe.probe(job.legs)
    plan = try OutputPlan(job, legs: legs)
  }

  /// Checks that reports are not written over a leg, or over another output.
  public func checkReports(_ paths: [String?]) throws(OfflineMixError) {
    try plan.checkCollisions(legs: legs, with: paths.compactMap(\.self))
  }

  /// The mix's length in samples per channel.
  public var length: Int64 { legs.map(\.end).max() ?? 0 }

  /// Does it all.
  ///
  /// - Parameter progress: told from time to time how far it is; throws `interrupted` to stop, which leaves no file behind.
  public func run(
    progress: (Progress) throws(OfflineMixError) -> Void = { (_) throws(OfflineMixError) in }
  ) throws(OfflineMixError) -> Result {
    let folders = try plan.makeFolders()
    do throws(OfflineMixError) {
      return try runInFolders(progress: progress)
    } catch {
      OutputPlan.removeFolders(folders)
      throw error
    }
  }

  private func runInFolders(
    progress: (Progress) throws(OfflineMixError) -> Void
  ) throws(OfflineMixError) -> Result {
    var warnings = probeWarnings
    // Made before the loudness is measured: an output that cannot be written is told of at once.
    let writers = try plan.files.map { (file) throws(OfflineMixError) in try create(file) }
    let (gain, passes) = try findGain(progress: progress, warnings: &warnings)
    let pipeline = try makePipeline(gain: gain, writers: writers, analysing: job.wantsReport || job.targetLUFS != nil)
    try pipeline.pipeline.run(latency: pipeline.latency) { (done) throws(OfflineMixError) in
      try progress(Progress(pass: passes, passes: passes, done: done, total: length))
    }
    try pipeline.pipeline.finish()
    for track in pipeline.pipeline.legs {
      warnings += track.source.damage.map {
        "\(track.source.leg.specification.file) is damaged at \(Self.text($0.second)) s: \($0.detail); mixed what can be read"
      }
    }
    warnings += normalizationWarning(pipeline.everybody?.integratedLUFS)
    let report = job.wantsReport ? try makeReport(pipeline, gain: gain, warnings: warnings) : nil
    return Result(length: length, warnings: warnings, report: report)
  }

  static func text(_ seconds: Double) -> String { String(format: "%.3f", seconds) }

  // MARK: Loudness

  /// The gain that brings the mix to the loudness asked for, and the number of the pass that follows.
  ///
  /// One pass measures. Where the limiter worked in it, or will with the gain found, further ones measure with that gain,
  /// for what the limiter takes away is part of the loudness, until it is met or the peaks leave no more room.
  private func findGain(
    progress: (Progress) throws(OfflineMixError) -> Void, warnings: inout [String]
  ) throws(OfflineMixError) -> (gain: Decibels, pass: Int) {
    guard let target = job.targetLUFS else { return (.unity, 1) }
    var search = LoudnessSearch(target: target)
    for pass in 1...LoudnessSearch.mostPasses {
      let gain = search.gain
      let (loudness, peak, limited) = try measure(gain: gain) { (done) throws(OfflineMixError) in
        try progress(Progress(pass: pass, passes: pass + 1, done: done, total: length))
      }
      guard let loudness else {
        warnings.append("the mix is silent: there is no loudness to bring to \(target) LUFS")
        return (.unity, pass + 1)
      }
      search.measured(loudness)
      let willLimit = peak + search.gain.value - gain.value > job.limiter.threshold.value
      if search.isMet || !(limited || willLimit) { return (search.gain, pass + 1) }
    }
    return (search.gain, LoudnessSearch.mostPasses + 1)
  }

  private func measure(
    gain: Decibels, progress: (Int64) throws(OfflineMixError) -> Void
  ) throws(OfflineMixError) -> (loudness: Double?, peak: Double, limited: Bool) {
    let pipeline = try makePipeline(gain: gain, writers: nil, analysing: true)
    try pipeline.pipeline.run(latency: pipeline.latency, progress: progress)
    try pipeline.pipeline.finish()
    return (
      pipeline.everybody?.integratedLUFS, pipeline.everybody?.loudness().truePeakdBTP ?? -.infinity,
      pipeline.pipeline.stage.limiting.wasNoticeable
    )
  }

  private func normalizationWarning(_ loudness: Double?) -> [String] {
    guard let target = job.targetLUFS, let loudness, abs(loudness - target) > 0.5 else { return [] }
    let reached = String(format: "%.1f", loudness)
    return ["the mix reached \(reached) LUFS, not \(target): its peaks leave no more room"]
  }

  // MARK: Putting the pipeline together

  struct Assembly {
    var pipeline: MixPipeline
    var latency: Int
    var everybody: SignalAnalysis?
  }

  /// - Parameters:
  ///   - gain: what is applied to every leg on top of its own.
  ///   - writers: what writes the plan's files; nothing for a pass that measures and neither writes nor reports.
  ///   - analysing: whether everybody's mix is analysed.
  private func makePipeline(
    gain: Decibels, writers: [any AudioFileWriter]?, analysing: Bool
  ) throws(OfflineMixError) -> Assembly {
    let layout = job.mixLayout
    let files = Array(zip(plan.files, writers ?? []))
    let mixCount = 1 + plan.files.count { $0.kind == .mixMinus }
    let blockFrames = MixPipeline.blockFrames(legs: legs, mixes: mixCount, layout: layout)
    let mixFrames = Int((length + Int64(ReportFrame.samples) - 1) / Int64(ReportFrame.samples))
    var stems: [Int: any AudioFileWriter] = [:]
    for (file, writer) in files where file.kind == .stem { stems[file.leg ?? 0] = writer }
    var tracks: [LegTrack] = []
    for (index, leg) in legs.enumerated() {
      let stem = stems[index].map { (writer: $0, length: length) }
      tracks.append(
        LegTrack(
          LegSource(leg, gainTags: job.gainTags, keepsGoing: job.keepsGoing),
          gain: Decibels(leg.specification.gain.value + gain.value), blockFrames: blockFrames,
          analysis: writers != nil && job.wantsReport
            ? try SignalAnalysis(layout: leg.layout, mixFrames: mixFrames) : nil,
          stem: stem))
    }
    var outputs: [(listener: Int?, writer: (any AudioFileWriter)?)] = []
    let everybody = files.first { $0.0.kind == .mix }
    if everybody != nil || analysing { outputs.append((nil, everybody?.1)) }
    for (file, writer) in files where file.kind == .mixMinus { outputs.append((file.leg, writer)) }
    let analysis = analysing ? try SignalAnalysis(layout: layout, mixFrames: mixFrames) : nil
    var latency = 0
    let stage = try MixStage(
      legs: tracks, layout: layout, blockFrames: blockFrames, mixFrames: mixFrames, limiter: job.limiter
    ) { mixerLatency in
      latency = mixerLatency
      return outputs.map { output in
        MixTrack(
          listener: output.listener, layout: layout, blockFrames: blockFrames, length: length, latency: mixerLatency,
          analysis: output.listener == nil ? analysis : nil, writer: output.writer)
      }
    }
    let pipeline = MixPipeline(
      legs: tracks, stage: stage, blockFrames: blockFrames, length: length, runner: RoundRunner(jobs: max(1, job.jobs)))
    return Assembly(pipeline: pipeline, latency: latency, everybody: analysis)
  }

  private func create(_ file: OutputPlan.File) throws(OfflineMixError) -> any AudioFileWriter {
    let layout = file.kind == .stem ? legs[file.leg ?? 0].layout : job.mixLayout
    do {
      return try createAudioFile(at: file.path, encoding: file.encoding, layout: layout, tags: tags(of: file))
    } catch {
      throw .file(error)
    }
  }

  private func tags(of file: OutputPlan.File) -> AudioFileTags {
    var tags = job.tags
    if tags.title.isEmpty, let title = job.title { tags.title = title }
    guard let leg = file.leg else { return tags }
    let what = file.kind == .stem ? legs[leg].name : "without \(legs[leg].name)"
    tags.title = tags.title.isEmpty ? what : "\(tags.title): \(what)"
    return tags
  }
}
