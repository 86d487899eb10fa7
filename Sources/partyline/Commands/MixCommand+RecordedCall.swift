import Foundation
import MediaBase
import MediaFiles
import OfflineMixing
import Recording

/// `partyline mix` of a call that `partyline host` recorded: a capture with its log beside it.
extension MixCommand {
  /// The call of a capture; `nil` where it has no log.
  static func recordedCall(_ capture: String) throws -> RecordedCallReplay? {
    do {
      return try RecordedCallReplay(capture: capture)
    } catch {
      throw failure(error)
    }
  }

  /// Has the room do all of it again, and writes its mix.
  func mixRecordedCall(_ call: RecordedCallReplay, _ interruption: Interruption) throws {
    if let channels = sound.channels, channels.layout != call.layout {
      throw Self.misuse(
        "\(call.capture) was recorded in \(call.layout == .mono ? "mono" : "stereo"): it is mixed as it was")
    }
    do {
      let figuresFile = try Self.open(outputs.json)
      let chosen = try encoding()
      let tags = captureTags
      let writer = try outputs.output.map { path in
        try createAudioFile(at: path, encoding: chosen, layout: call.layout, tags: tags)
      }
      let figures = try call.run { (samples) throws(RecordingError) in
        if interruption.isRequested { throw .interrupted }
        do throws(AudioFileError) { try writer?.write(samples) } catch { throw .file(error) }
      }
      try writer?.finish()
      try figuresFile?.finish(with: call.json(figures, file: outputs.output))
      for warning in call.warnings(figures) { Complaint.warn(warning) }
      guard !running.quiet && isatty(STDERR_FILENO) == 1 else { return }
      let seconds = Double(figures.samples) / Double(AudioRate.samplesPerSecond)
      let sameness = figures.differsAtSecond == nil && figures.sameSeconds > 0 ? ", the live mix sample for sample" : ""
      let what = outputs.output ?? outputs.json ?? ""
      StandardStreams.writeToStandardError("\(what): \(ProgressDisplay.clock(seconds)) mixed\(sameness)\n")
    } catch {
      throw Self.failure(error)
    }
  }
}
