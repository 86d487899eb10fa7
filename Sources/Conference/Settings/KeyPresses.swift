import RTC

/// Telephone keys to be sent to a leg, one after the other, as RFC 4733 events.
public struct KeyPresses: Sendable, Hashable {
  /// Which, the first one first.
  public var keys: [TelephoneKey]
  /// How long each is held, and how long it is at least until the next one: within `lengths`. Both become whole packets.
  public var toneMilliseconds: Int, pauseMilliseconds: Int

  /// The most that may wait for one leg.
  public static let mostWaiting = 32
  /// What receivers of ITU-T Q.24 take for a key or a pause, up to what fits the event's counter at 48 kHz.
  public static let lengths = 40...1_000

  /// Those keys, 100 ms each with 50 ms between.
  public init(keys: [TelephoneKey], toneMilliseconds: Int = 100, pauseMilliseconds: Int = 50) {
    self.keys = keys
    self.toneMilliseconds = toneMilliseconds
    self.pauseMilliseconds = pauseMilliseconds
  }
}
