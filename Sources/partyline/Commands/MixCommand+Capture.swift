import ArgumentParser
import Foundation
import MediaBase
import MediaFiles
import OfflineMixing
import Recording

/// `partyline mix` of a packet capture: told by what the file holds, not by its name.
extension MixCommand {
  /// Mixes the capture that is named instead of legs; false where none is.
  func mixCapture() throws -> Bool {
    let files = try legs.map { try LegArgument.parse($0) }
    guard let named = files.first(where: { CaptureFormat(contentsOf: $0.file) != nil }) else {
      if let option = capture.firstGiven { throw Self.misuse("\(option) is for packet captures (pcap, pcapng)") }
      return false
    }
    try checkAlone(named, among: files)
    let interruption = Interruption()
    // Told how to read the capture, it is read as any other.
    if capture.firstGiven == nil, let call = try Self.recordedCall(named.file) {
      try mixRecordedCall(call, interruption)
      return true
    }
    let replay = try openCapture(named.file, interruption)
    let display = ProgressDisplay(isShown: !running.quiet && isatty(STDERR_FILENO) == 1)
    do {
      let figures = try mix(replay, display, interruption)
      display.clear()
      if display.isShown { for line in replay.summary(figures) { StandardStreams.writeToStandardError(line + "\n") } }
      let seconds = Double(figures.samples) / Double(AudioRate.samplesPerSecond)
      display.finish("\(outputs.output ?? outputs.json ?? ""): \(ProgressDisplay.clock(seconds)) mixed")
    } catch {
      display.clear()
      throw Self.failure(error)
    }
    return true
  }

  // MARK: What is asked for

  static func misuse(_ message: String) -> ExitCode { Complaint.exit(message, code: EX_USAGE) }

  static func failure(_ error: any Error) -> any Error {
    if error is ExitCode { return error }
    return Complaint.exit("\(error)", code: error as? RecordingError == .interrupted ? 130 : EXIT_FAILURE)
  }

  /// Refuses what does not go with a capture.
  private func checkAlone(_ named: LegSpecification, among files: [LegSpecification]) throws {
    guard files.count == 1, manifest == nil else {
      throw Self.misuse("\(named.file) is a packet capture: it is mixed alone, without other legs")
    }
    guard named == LegSpecification(file: named.file) else {
      throw Self.misuse("\(named.file) is a packet capture: it takes no start, gain or other setting of a leg")
    }
    let given = [
      ("--mix-minus", outputs.mixMinus != nil), ("--stems", outputs.stems != nil), ("--report", outputs.report != nil),
      ("--normalize", sound.normalize != nil), ("--gain-tags", sound.gainTags != .header),
      ("--keep-going", running.keepGoing), ("--jobs", running.jobs != nil),
    ]
    if let (option, _) = given.first(where: { $0.1 }) {
      throw Self.misuse("\(option) does not go with a packet capture")
    }
    guard outputs.output != nil || outputs.json != nil else { throw Complaint.exit("\(OfflineMixError.noOutput)") }
    try checkCollisions(inputs: [named.file] + (capture.sdp.map { [$0] } ?? []))
  }

  private func checkCollisions(inputs: [String]) throws {
    var taken: [FileIdentity: String] = [:]
    for path in [outputs.output, outputs.json].compactMap(\.self) where path != OutputFile.standardOutput {
      let identity = FileIdentity(path)
      if let input = inputs.first(where: { FileIdentity($0) == identity }) {
        throw Complaint.exit("\(path) is \(input) itself: choose another name for the output")
      }
      if let first = taken.updateValue(path, forKey: identity), !identity.isDevice {
        throw Complaint.exit("\(OfflineMixError.outputsCollide(first: first, second: path))")
      }
    }
  }

  // MARK: What is done

  /// The first pass, and what there is to say of it.
  private func openCapture(_ path: String, _ interruption: Interruption) throws -> CaptureReplay {
    do {
      let options = try capture.replayOptions(layout: sound.channels?.layout ?? .mono)
      let replay = try CaptureReplay(path: path, options: options) { interruption.isRequested }
      for warning in replay.warnings { Complaint.warn(warning) }
      try replay.checkNotEmpty()
      return replay
    } catch {
      throw Self.failure(error)
    }
  }

  private func mix(
    _ replay: CaptureReplay, _ display: ProgressDisplay, _ interruption: Interruption
  ) throws -> ReplayFigures {
    let layout = sound.channels?.layout ?? .mono
    let figuresFile = try Self.open(outputs.json)
    let chosen = try encoding()
    let tags = captureTags
    let writer = try outputs.output.map { path in
      try createAudioFile(at: path, encoding: chosen, layout: layout, tags: tags)
    }
    var progress = OfflineMix.Progress(pass: 1, passes: 1, done: 0, total: replay.expectedSamples)
    let figures = try replay.run { (samples) throws(RecordingError) in
      if interruption.isRequested { throw .interrupted }
      progress.done = min(progress.total, progress.done + Int64(samples.count / layout.count))
      display.show(progress)
      do throws(AudioFileError) { try writer?.write(samples) } catch { throw .file(error) }
    }
    try writer?.finish()
    try figuresFile?.finish(with: CaptureReport(replay, figures: figures, file: outputs.output).json())
    return figures
  }

  var captureTags: AudioFileTags {
    AudioFileTags(
      title: tags.title ?? "", artist: tags.artist ?? "", date: tags.date ?? "", comment: tags.comment ?? "",
      encoder: PartylineVersion.program)
  }
}
