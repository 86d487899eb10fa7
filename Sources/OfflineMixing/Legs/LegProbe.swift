import Foundation
import MediaBase
import MediaFiles
import Mixing

/// Looks at each leg's file before anything is written: does it open, how long is it, which channels has it.
///
/// A file whose length only reading to the end can tell (MP3, a stream that was never closed) is read through once.
struct LegProbe {
  var mixLayout: ChannelLayout
  var gainTags: GainTags
  var keepsGoing: Bool

  /// Legs as the mix will have them, with unique names, and what was passed over with `keepsGoing`.
  func probe(_ specifications: [LegSpecification]) throws(OfflineMixError) -> (legs: [Leg], warnings: [String]) {
    var legs: [Leg] = []
    var warnings: [String] = []
    for specification in specifications {
      do {
        legs += try probe(specification)
      } catch {
        guard keepsGoing, case .file(let fileError) = error else { throw error }
        warnings.append("\(fileError.description); left out")
      }
    }
    guard !legs.isEmpty || specifications.isEmpty else { throw .nothingReadable }
    nameUniquely(&legs)
    for leg in legs where leg.length == 0 {
      warnings.append("\(leg.specification.file) holds no sound: its leg is empty")
    }
    return (legs, warnings)
  }

  private func probe(_ specification: LegSpecification) throws(OfflineMixError) -> [Leg] {
    let (format, frames) = try measure(specification.file)
    return try choices(specification, format: format).map { (choice) throws(OfflineMixError) in
      try leg(specification, choice: choice, format: format, frames: frames)
    }
  }

  private func measure(_ file: String) throws(OfflineMixError) -> (format: AudioFileFormat, frames: Int64) {
    do throws(AudioFileError) {
      let reader = try openAudioFile(at: file, gainTags: gainTags)
      guard let frames = reader.format.frames else { return (reader.format, try countFrames(reader)) }
      return (reader.format, frames)
    } catch {
      throw .file(error)
    }
  }

  private func choices(
    _ specification: LegSpecification, format: AudioFileFormat
  ) throws(OfflineMixError) -> [LegSpecification.ChannelChoice] {
    switch specification.channel {
    case .all: return [.all]
    case .each: return (1...format.channels).map { .one($0) }
    case .one(let channel):
      guard channel <= format.channels else {
        throw .noSuchChannel(file: specification.file, channel: channel, channels: format.channels)
      }
      return [.one(channel)]
    }
  }

  private func leg(
    _ specification: LegSpecification, choice: LegSpecification.ChannelChoice, format: AudioFileFormat, frames: Int64
  ) throws(OfflineMixError) -> Leg {
    var specification = specification
    let isOneOfMany = specification.channel == .each && format.channels > 1
    specification.channel = choice
    let own = specification.name ?? Self.baseName(specification.file)
    var leg = Leg(
      specification: specification, name: isOneOfMany ? "\(own)-\(Self.channelName(choice, of: format.channels))" : own,
      format: format, start: Int64((specification.start * Double(AudioRate.samplesPerSecond)).rounded()), length: 0,
      layout: choice == .all && format.channels == 2 && mixLayout == .stereo ? .stereo : .mono)
    guard OfflineResampler.inputRates.contains(leg.effectiveRate) else {
      throw .file(.unreadable(path: specification.file, reason: "its sample rate is \(format.sampleRate) Hz"))
    }
    leg.length = Leg.mixLength(fileFrames: frames, effectiveRate: leg.effectiveRate)
    guard leg.end <= OfflineMix.longestMix else { throw .tooLong(file: specification.file) }
    return leg
  }

  /// Reads to the end and counts; a damaged place is met again, and spoken of, when the leg is mixed.
  private func countFrames(_ reader: any AudioFileReader) throws(AudioFileError) -> Int64 {
    let chunk = SampleBuffer(count: 8192 * reader.format.channels)
    while true {
      do throws(AudioFileError) {
        var span = chunk.mutableSpan
        if try reader.read(into: &span) == 0 { return reader.position }
      } catch {
        guard case .damaged = error else { throw error }
      }
    }
  }

  private static func baseName(_ path: String) -> String {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    return name.isEmpty ? "leg" : name
  }

  private static func channelName(_ choice: LegSpecification.ChannelChoice, of channels: Int) -> String {
    guard case .one(let number) = choice else { return "all" }
    return channels == 2 ? (number == 1 ? "left" : "right") : String(number)
  }

  /// Names are used for files.
  private func nameUniquely(_ legs: inout [Leg]) {
    var names = UniqueNames()
    for index in legs.indices { legs[index].name = names.take(legs[index].name) }
  }
}
