import Foundation
import MediaBase

/// What there is to say of a call that was done again.
extension RecordedCallReplay {
  /// One line each for what keeps it from being the live mix; none where it is.
  public func warnings(_ figures: Figures) -> [String] {
    var warnings: [String] = []
    if !figures.isExact {
      warnings.append(
        "\(log): the recording began in the middle of the call, and has no checkpoint of this version: the mix is near the "
          + "live one")
    }
    if figures.dropped > 0 {
      warnings.append(
        "\(log): the disk was too slow for \(figures.dropped) records: the mix is near the live one from there")
    }
    if figures.missingPackets > 0 {
      warnings.append("\(capture): its last \(figures.missingPackets) packets are missing: the recorder was killed")
    }
    if figures.isExact, figures.dropped == 0, let second = figures.differsAtSecond {
      warnings.append(
        "\(log): from \(String(format: "%.1f", second)) s on this is not the live mix, sample for sample: another version of "
          + "this program or of libopus recorded it")
    }
    return warnings
  }

  /// The figures for programs; `file` is where the mix is.
  public func json(_ figures: Figures, file: String?) -> [UInt8] {
    let document = Document(
      capture: capture, file: file, exact: figures.isExact, ticks: figures.ticks, packets: figures.packets,
      seconds: Double(figures.samples) / Double(AudioRate.samplesPerSecond), sameSeconds: figures.sameSeconds,
      differsAtSecond: figures.differsAtSecond, dropped: figures.dropped, missingPackets: figures.missingPackets,
      whole: figures.hasEnd)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8]((try? encoder.encode(document)) ?? Data()) + [0x0a]
  }

  private struct Document: Encodable {
    var capture: String
    var file: String?
    var exact: Bool
    var ticks, packets: Int
    var seconds, sameSeconds: Double
    var differsAtSecond: Double?
    var dropped, missingPackets: Int
    var whole: Bool
  }
}
