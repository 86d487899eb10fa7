import AudioCodecs
import MediaBase

/// How long sound takes through the bridge: from packets that a talker sends to packets that a listener gets.
public struct LatencyResult: Codable, Sendable, Hashable {
  /// Markers that were sent, without the one that the stream begins with, and those of them that were heard.
  public var sent = 0, heard = 0
  /// Milliseconds from sending the packet in which the marker begins to receiving the one in which it is heard.
  public var packetP50 = 0.0, packetP99 = 0.0, packetP999 = 0.0, packetMaximum = 0.0
  /// Milliseconds that the bridge adds to a marker's first sample, its codec's look-ahead included: the same with the
  /// sample's place in either packet taken into account, both decoded alike.
  public var addedP50 = 0.0, addedP99 = 0.0, addedP999 = 0.0, addedMaximum = 0.0

  /// What a run's packets tell.
  ///
  /// - Parameters:
  ///   - stream: what the talker sent.
  ///   - sent: when each of its packets was sent, the first of them packet 0.
  ///   - heard: what the listener got, with arrival times.
  package init(
    stream: OpusStream, sent: [PacketTime], heard: [(arrival: PacketTime, packet: [UInt8])]
  ) throws(OpusError) {
    let own = try LatencyMarker.onsets(in: (0..<stream.count).map(stream.packet))
    let ownOffset = own.first?.offsetSamples ?? 0
    let markers = sent.indices.filter { $0 % LatencyMarker.periodPackets == 0 }.map { sent[$0] }
    var packet = DurationHistogram()
    var added = DurationHistogram()
    for onset in try LatencyMarker.onsets(in: heard.map(\.packet)) {
      let arrival = heard[onset.packet].arrival
      // The first is not counted: a bridge that sent silence before lets it be told, one that forwards does not.
      guard let start = markers.last(where: { $0 <= arrival }), start != markers.first else { continue }
      let delay = arrival.nanoseconds(since: start)
      packet.note(nanoseconds: delay)
      added.note(
        nanoseconds: delay + Int64(onset.offsetSamples - ownOffset) * 1_000_000_000 / Int64(AudioRate.samplesPerSecond))
    }
    self.sent = max(0, markers.count - 1)
    self.heard = packet.count
    packetP50 = packet.milliseconds(at: 0.5)
    packetP99 = packet.milliseconds(at: 0.99)
    packetP999 = packet.milliseconds(at: 0.999)
    packetMaximum = packet.milliseconds(at: 1)
    addedP50 = added.milliseconds(at: 0.5)
    addedP99 = added.milliseconds(at: 0.99)
    addedP999 = added.milliseconds(at: 0.999)
    addedMaximum = added.milliseconds(at: 1)
  }
}
