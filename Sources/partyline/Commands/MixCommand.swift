import ArgumentParser
import Foundation
import MediaBase
import MediaFiles
import Mixing
import OfflineMixing

/// `partyline mix`: recorded legs into one recording.
struct MixCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mix",
    abstract: "Mix recorded legs of a conference into one recording.",
    discussion: """
      A leg is FILE[@START][,SETTING=VALUE]…: a recording, where it begins in the mix (seconds or h:mm:ss), and

        gain=dB        gain, -120 to 60; -inf mutes it
        pan=-1…1       place between left and right; any pan makes the mix stereo
        name=TEXT      its name in reports and file names
        channel=C      1, 2 …, left, right: one channel of the file; each: every channel is a leg
        drift=PPM      how fast the clock that recorded it ran: a file 50 ppm too long has drift=50
        start=TIME     the same as @START

      Reads Ogg Opus, WAV, FLAC, AIFF, Ogg Vorbis, MP3 and more, at any rate. Writes Ogg Opus, WAV or FLAC at 48 kHz, told \
      by the output's name. An output replaces a file of its name, and appears only when it is whole. The mix is never \
      clipped: a limiter keeps it under -1 dBTP and leaves it untouched below.

      A packet capture (pcap, pcapng) is mixed alone: the RTP streams in it go through the bridge's own jitter buffers. \
      Opus and G.711 are decoded; SIP in the capture, --sdp or --payload-type says what dynamic payload types mean. A \
      call that `partyline host` recorded (call.pcapng with call.jsonl beside it) is done again: the live mix, sample for sample.

      EXAMPLES
        partyline mix alice.opus bob.wav@12.5 carol.flac@3,gain=-3,pan=0.4 -o mix.opus
        partyline mix call.wav,channel=each -o mix.opus --mix-minus minus --stems stems
        partyline mix --manifest call.json -o mix.flac --normalize -16 --report mix.html
        partyline mix call.pcapng -o call.opus --payload-type 111=opus/48000/2

      Exit codes: 0 done, 1 a file could not be read or written, 64 the command line is wrong, 130 interrupted.
      """)

  @Argument(help: ArgumentHelp("Recorded legs.", valueName: "leg"))
  var legs: [String] = []

  @Option(help: ArgumentHelp("Legs in a JSON file; those on the command line come after.", valueName: "file"))
  var manifest: String?

  @Flag(name: .customLong("schema"), help: "Print the JSON Schema of a manifest, and do nothing else.")
  var printsSchema = false

  @OptionGroup(title: "Outputs") var outputs: Outputs
  @OptionGroup(title: "Sound") var sound: Sound
  @OptionGroup(title: "Tags") var tags: Tags
  @OptionGroup(title: "Running") var running: Running
  @OptionGroup(title: "Packet captures") var capture: CaptureOptions

  struct Outputs: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The mix; - for standard output.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Format of mix and mix-minus, if not told by the name.", valueName: "opus|wav|flac"))
    var format: OutputFormat?

    @Option(help: ArgumentHelp("Each leg's mix without itself, as FOLDER/NAME.EXT.", valueName: "folder"))
    var mixMinus: String?

    @Option(
      help: ArgumentHelp(
        "All legs, gain applied, aligned and of one length, as FOLDER/NAME.wav (32-bit float).", valueName: "folder"))
    var stems: String?

    @Option(help: ArgumentHelp("A page that shows who spoke when, levels and loudness.", valueName: "file.html"))
    var report: String?

    @Option(help: ArgumentHelp("The same figures as JSON; - for standard output.", valueName: "file"))
    var json: String?
  }

  struct Sound: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("Bring the mix to this loudness by EBU R 128, such as -16 or -23.", valueName: "LUFS"))
    var normalize: Double?

    @Option(help: ArgumentHelp("Opus bitrate; without it 60 mono, 120 stereo.", valueName: "kbit/s"))
    var bitrate: Double?

    @Option(help: ArgumentHelp("Opus effort, 0 (quick) to 10 (best).", valueName: "0-10"))
    var complexity = 10

    @Option(help: ArgumentHelp("Sample format of WAV (16, 24, float) or FLAC (16, 24).", valueName: "16|24|float"))
    var bits: SampleBits?

    @Flag(exclusivity: .exclusive, help: "Channels of the mix; without it stereo if a leg has a pan, else mono.")
    var channels: Channels?

    @Option(
      help: ArgumentHelp(
        "Gains written in Ogg Opus files to apply: the header's, or R128_TRACK_GAIN or R128_ALBUM_GAIN as well.",
        valueName: "header|track|album"))
    var gainTags: GainTagChoice = .header
  }

  struct Tags: ParsableArguments {
    @Option(help: "Title of the mix and its report; the manifest's if not given.")
    var title: String?
    @Option(help: "Who is to be heard.")
    var artist: String?
    @Option(help: "Date, as it is to appear. None is filled in, so that the same legs give the same bytes.")
    var date: String?
    @Option(help: "A comment.")
    var comment: String?
  }

  struct Running: ParsableArguments {
    @Flag(help: "Mix what can be read of damaged legs, and leave out what cannot be read at all.")
    var keepGoing = false

    @Option(help: ArgumentHelp("Cores to use. The mix is the same, bit for bit, on any number.", valueName: "n"))
    var jobs: Int?

    @Flag(name: .shortAndLong, help: "Say nothing but errors and warnings. Without it a terminal shows progress.")
    var quiet = false
  }

  func validate() throws {
    if printsSchema { return }
    if legs.isEmpty && manifest == nil {
      throw ValidationError("Name at least one leg, or --manifest FILE. Try: partyline mix --help")
    }
    if let bitrate = sound.bitrate, !(0.5...512).contains(bitrate) {
      throw ValidationError("--bitrate is 0.5 to 512 kbit/s.")
    }
    guard (0...10).contains(sound.complexity) else { throw ValidationError("--complexity is 0 to 10.") }
    if let target = sound.normalize, !OfflineMixJob.targets.contains(target) {
      throw ValidationError("--normalize is a loudness from -70 to -5 LUFS.")
    }
    if let jobs = running.jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs is 1 or more.") }
    if [outputs.output, outputs.report, outputs.json].count(where: { $0 == OutputFile.standardOutput }) > 1 {
      throw ValidationError("Standard output can take one of the mix, the report and the JSON.")
    }
    do {
      for leg in legs { _ = try LegArgument.parse(leg) }
      _ = try encoding()
    } catch {
      throw ValidationError("\(error)")
    }
    if outputs.output == OutputFile.standardOutput && isatty(STDOUT_FILENO) == 1 {
      throw ValidationError("Sound is not for a terminal: send standard output to a file or a program.")
    }
  }

  func run() throws {
    if printsSchema {
      do {
        try OutputFile.write([UInt8](LegManifest.schema), to: OutputFile.standardOutput)
      } catch {
        throw Complaint.exit("\(error)")
      }
      return
    }
    if try mixCapture() { return }
    let job = try makeJob()
    let interruption = Interruption()
    let display = ProgressDisplay(isShown: !running.quiet && isatty(STDERR_FILENO) == 1)
    do {
      let mix = try OfflineMix(job)
      try mix.checkReports([outputs.report, outputs.json])
      let page = try Self.open(outputs.report)
      let figures = try Self.open(outputs.json)
      let result = try mix.run { (progress) throws(OfflineMixError) in
        if interruption.isRequested { throw .interrupted }
        display.show(progress)
      }
      display.clear()
      for warning in result.warnings { Complaint.warn(warning) }
      if let report = result.report {
        try page?.finish(with: try report.html())
        try figures?.finish(with: try report.json())
      }
      display.finish(summary(result))
    } catch {
      display.clear()
      if case OfflineMixError.interrupted = error { throw Complaint.exit("\(error)", code: 130) }
      throw Complaint.exit("\(error)")
    }
  }

  // MARK: What is asked for

  private func makeJob() throws -> OfflineMixJob {
    var job = OfflineMixJob(legs: [])
    if let manifest {
      let read = try readManifest(manifest)
      job.legs = read.legs
      job.title = read.title
    }
    for leg in legs { job.legs.append(try LegArgument.parse(leg)) }
    if let title = tags.title { job.title = title }
    job.output = outputs.output
    job.mixMinusFolder = outputs.mixMinus
    job.stemsFolder = outputs.stems
    job.encoding = try encoding()
    job.layout = sound.channels?.layout
    job.targetLUFS = sound.normalize
    job.gainTags = sound.gainTags.tags
    job.tags = AudioFileTags(
      title: job.title ?? "", artist: tags.artist ?? "", date: tags.date ?? "", comment: tags.comment ?? "",
      encoder: PartylineVersion.program)
    job.keepsGoing = running.keepGoing
    job.wantsReport = outputs.report != nil || outputs.json != nil
    if let jobs = running.jobs { job.jobs = jobs }
    return job
  }

  private func readManifest(_ path: String) throws -> LegManifest {
    do {
      return try LegManifest(contentsOf: path)
    } catch {
      throw Complaint.exit("\(error)")
    }
  }

  func encoding() throws(OptionError) -> AudioFileEncoding {
    try OutputFormat.encoding(
      format: outputs.format, path: outputs.output, bits: sound.bits,
      opus: .init(bitrate: sound.bitrate.map { Int(($0 * 1000).rounded()) }, complexity: sound.complexity))
  }

  // MARK: What comes out

  /// Opens a report's file before the mix begins: hours later is too late to learn that its folder does not exist.
  static func open(_ path: String?) throws -> OutputFile? {
    try path.map { try OutputFile(path: $0, access: .sequential) }
  }

  private func summary(_ result: OfflineMix.Result) -> String {
    let seconds = Double(result.length) / Double(AudioRate.samplesPerSecond)
    let what = outputs.output ?? outputs.mixMinus ?? outputs.stems ?? outputs.report ?? outputs.json ?? ""
    return "\(what): \(ProgressDisplay.clock(seconds)) mixed"
  }
}

extension OutputFile {
  /// Writes all of the file, and gives it its name.
  func finish(with bytes: [UInt8]) throws(AudioFileError) {
    try write(bytes.span)
    try commit()
  }
}
