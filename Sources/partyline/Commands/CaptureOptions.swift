import RTC
import ArgumentParser
import Conference
import Foundation
import MediaBase
import Recording

/// What `partyline mix` is told besides a packet capture.
struct CaptureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("What a payload type means, such as 111=opus/48000/2; may be repeated.", valueName: "n=format"))
  var payloadType: [PayloadTypeChoice] = []

  @Option(help: ArgumentHelp("A session description that says what payload types mean.", valueName: "file"))
  var sdp: String?

  @Option(help: ArgumentHelp("The number of the audio level (RFC 6464) among header extensions.", valueName: "1-14"))
  var audioLevel: Int?

  @Option(
    help: ArgumentHelp("Only streams to this address; any for all; may be repeated.", valueName: "address[:port]"))
  var to: [AddressFilter] = []

  @Option(help: ArgumentHelp("Only streams from this address; may be repeated.", valueName: "address[:port]"))
  var from: [AddressFilter] = []

  @Option(help: ArgumentHelp("Who is mixed: the loudest so many at a time, or all, the default.", valueName: "n|all"))
  var talkers: TalkersChoice?

  func validate() throws {
    if let audioLevel, !(1...14).contains(audioLevel) { throw ValidationError("--audio-level is 1 to 14.") }
  }

  /// The first option that was given, by its name; `nil` where none was.
  var firstGiven: String? {
    let given = [
      ("--payload-type", !payloadType.isEmpty), ("--sdp", sdp != nil), ("--audio-level", audioLevel != nil),
      ("--to", !to.isEmpty), ("--from", !from.isEmpty), ("--talkers", talkers != nil),
    ]
    return given.first { $0.1 }?.0
  }

  /// What they ask for, the file of --sdp read.
  func replayOptions(layout: ChannelLayout) throws -> ReplayOptions {
    var options = ReplayOptions()
    for choice in payloadType { options.formats[choice.type] = choice.format }
    if let sdp { options.descriptions = try Self.descriptions(in: sdp) }
    options.audioLevelExtension = audioLevel
    options.to = to
    options.from = from
    options.talkers = talkers?.talkers ?? .all
    options.layout = layout
    return options
  }

  private static func descriptions(in path: String) throws -> [MediaDescription] {
    let bytes: [UInt8]
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      bytes = [UInt8](try file.read(upToCount: MediaDescription.mostBytes + 1) ?? Data())
    } catch {
      throw Complaint.exit("cannot open \(path): \(error.localizedDescription)")
    }
    let media = MediaDescription.read(bytes.span)
    guard !media.isEmpty else { throw Complaint.exit("cannot read \(path): it is no session description (SDP)") }
    return media
  }
}

/// `111=opus/48000/2`.
struct PayloadTypeChoice: ExpressibleByArgument {
  let type: Int
  let format: PayloadFormat

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let type = Int(parts[0]), (0...127).contains(type), let format = PayloadFormat(parts[1])
    else { return nil }
    (self.type, self.format) = (type, format)
  }
}

/// `6` or `all`.
struct TalkersChoice: ExpressibleByArgument {
  let talkers: RoomSettings.Talkers

  init?(argument: String) {
    if argument == "all" {
      talkers = .all
    } else if let count = Int(argument), (1...32).contains(count) {
      talkers = .loudest(count)
    } else {
      return nil
    }
  }
}

extension AddressFilter: ExpressibleByArgument {
  /// As it is written on the command line.
  public init?(argument: String) { self.init(argument) }
}
