import Conference
import RTC

extension PayloadFormat {
  /// What the bridge can do with packets of a format.
  public enum Use: Sendable, Hashable {
    /// It decodes and mixes them.
    case voice(LegFormat.Codec)
    /// Keys of a telephone (RFC 4733): no sound of the mix.
    case telephoneEvent
    /// Comfort noise (RFC 3389): passed over, and replaced by our own.
    case comfortNoise
    /// Nothing.
    case none
  }

  /// What the bridge can do with it.
  public var use: Use {
    switch (name.lowercased(), clockRate, channels) {
    // RFC 7587, 7: always 48,000 and 2, whatever is inside; some leave the 2 out.
    case ("opus", 48_000, 1...2): .voice(.opus)
    case ("pcmu", 8_000, 1): .voice(.pcmu)
    case ("pcma", 8_000, 1): .voice(.pcma)
    case ("telephone-event", _, _): .telephoneEvent
    case ("cn", _, _): .comfortNoise
    default: .none
    }
  }

  /// Whether both mean the same to a receiver.
  func isSame(as other: PayloadFormat) -> Bool {
    name.lowercased() == other.name.lowercased() && clockRate == other.clockRate
  }
}
