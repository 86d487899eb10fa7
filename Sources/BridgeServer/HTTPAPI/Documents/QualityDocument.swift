import Conference

/// How a leg is doing: counts since it joined, and where it stands now.
struct QualityDocument: Encodable, Equatable, Sendable {
  var packetsReceived, bytesReceived, packetsSent, bytesSent: UInt64
  var packetsLost: Int64
  var packetsLate, packetsDuplicate, packetsRejected, packetsRecovered: UInt64
  var millisecondsConcealed, millisecondsStretched, millisecondsShrunk: Double
  var samplesClipped: UInt64
  var jitterMilliseconds, depthMilliseconds, driftPPM, roundTripMilliseconds: Float
  var reportedLossFraction: Float
  var leveldBFS: Float

  init(_ quality: LegQuality) {
    packetsReceived = quality.packetsReceived
    bytesReceived = quality.bytesReceived
    packetsSent = quality.packetsSent
    bytesSent = quality.bytesSent
    packetsLost = quality.packetsLost
    packetsLate = quality.packetsLate
    packetsDuplicate = quality.packetsDuplicate
    packetsRejected = quality.packetsRejected
    packetsRecovered = quality.packetsRecovered
    millisecondsConcealed = Double(quality.samplesConcealed) / 48
    millisecondsStretched = Double(quality.samplesStretched) / 48
    millisecondsShrunk = Double(quality.samplesShrunk) / 48
    samplesClipped = quality.samplesClipped
    jitterMilliseconds = Self.finite(quality.jitterMilliseconds)
    depthMilliseconds = Self.finite(quality.depthMilliseconds)
    driftPPM = Self.finite(quality.driftPPM)
    roundTripMilliseconds = Self.finite(quality.roundTripMilliseconds)
    reportedLossFraction = Self.finite(quality.reportedLossFraction)
    leveldBFS = MemberLevel.finite(quality.leveldBFS)
  }

  /// JSON has no other numbers.
  private static func finite(_ number: Float) -> Float { number.isFinite ? number : 0 }
}
