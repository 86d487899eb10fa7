import Foundation
import MediaBase
import MediaFiles
import Mixing

extension OfflineMix {
  /// Puts together what the run heard and did.
  func makeReport(_ run: Assembly, gain: Decibels, warnings: [String]) throws(OfflineMixError) -> MixReport {
    let seconds = Double(length) / Double(AudioRate.samplesPerSecond)
    let reported = run.pipeline.legs.map { Self.leg($0, gain: Decibels($0.gain.value - gain.value)) }
    let conversation = Conversation(talkspurts: reported.map(\.speech), seconds: seconds)
    return MixReport(
      program: PartylineVersion.program, title: job.title ?? title, mix: mix(run, gain: gain, seconds: seconds),
      legs: reported, overlaps: conversation.overlaps, talk: conversation.talk, outputs: outputs(), warnings: warnings)
  }

  private var title: String {
    guard let output = job.output, output != OutputFile.standardOutput else { return "Mix" }
    return URL(fileURLWithPath: output).deletingPathExtension().lastPathComponent
  }

  private func mix(_ run: Assembly, gain: Decibels, seconds: Double) -> MixReport.Mix {
    MixReport.Mix(
      seconds: seconds, channels: job.mixLayout.count,
      loudness: run.everybody?.loudness() ?? MixReport.Loudness(),
      envelope: run.everybody?.envelope()
        ?? MixReport.Envelope(secondsPerBin: 1, peakdBFS: [], rmsdBFS: []),
      targetLUFS: job.targetLUFS, normalizationGaindB: (gain.value * 100).rounded() / 100,
      limiter: run.pipeline.stage.limiting.report(threshold: job.limiter.threshold))
  }

  /// - Parameter gain: the leg's own, without the whole mix's normalization.
  private static func leg(_ track: LegTrack, gain: Decibels) -> MixReport.Leg {
    let leg = track.source.leg
    let rate = Double(AudioRate.samplesPerSecond)
    var channel: Int?
    if case .one(let number) = leg.specification.channel { channel = number }
    let speech = track.analysis?.talkspurts() ?? []
    return MixReport.Leg(
      name: leg.name, file: leg.specification.file, format: leg.format.description, sampleRate: leg.format.sampleRate,
      channels: leg.format.channels, channel: channel,
      interval: MixReport.Interval(start: Double(leg.start) / rate, end: Double(leg.end) / rate),
      gaindB: max(-999, gain.value), pan: leg.specification.pan, driftPPM: leg.specification.driftPPM,
      loudness: track.analysis?.loudness(gain: gain) ?? MixReport.Loudness(),
      envelope: track.analysis?.envelope(gain: gain)
        ?? MixReport.Envelope(secondsPerBin: 1, peakdBFS: [], rmsdBFS: []),
      speech: speech, speechSeconds: (speech.reduce(0) { $0 + $1.end - $1.start } * 100).rounded() / 100,
      clippedSamples: track.source.clipping.samples, damage: track.source.damage)
  }

  private func outputs() -> [MixReport.Output] {
    plan.files.map { file in
      let status = try? FileManager.default.attributesOfItem(atPath: file.path)
      return MixReport.Output(
        file: file.path, kind: file.kind.rawValue, leg: file.leg, format: file.encoding.description,
        bytes: (status?[.size] as? NSNumber)?.intValue ?? 0)
    }
  }
}

extension AudioFileEncoding {
  /// Container and codec in words.
  var description: String {
    switch self {
    case .oggOpus: "Ogg Opus"
    case .wav(.pcm16): "WAV, 16-bit PCM"
    case .wav(.pcm24): "WAV, 24-bit PCM"
    case .wav(.float32): "WAV, 32-bit float"
    case .flac(.pcm16): "FLAC, 16-bit"
    case .flac(.pcm24): "FLAC, 24-bit"
    }
  }
}
