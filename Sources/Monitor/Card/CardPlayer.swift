import MediaBase
import MediaRuntime

/// Plays sound on a card, on a thread of its own, from its making until `stop`.
///
/// ```
/// fill (10 ms) ─▶ Card, which waits for its clock, or OwnPace, where the device has none or is not there
/// ```
/// The sound is asked for whether there is a card or not: whoever gives it need not know. `stop` has to be called before the
/// last reference goes; it takes up to 200 ms.
public final class CardPlayer: Sendable {
  /// How the card is doing.
  public let counts = CardCounts()
  private let thread: MediaThread

  /// Frames that are asked for at a time.
  public static let periodFrames = 480

  /// Begins to play.
  ///
  /// - Parameters:
  ///   - device: ALSA's name, such as `default` or `plughw:1`.
  ///   - report: told in one line when the card is missing, fails or is back; called on the card's thread.
  ///   - fill: fills `periodFrames` frames of `layout`; called on the card's thread, with the time that it is.
  public init(
    device: String, layout: ChannelLayout, report: @escaping @Sendable (String) -> Void,
    fill: @escaping @Sendable (inout MutableSpan<Float>, PacketTime) -> Void
  ) throws(MediaRuntimeError) {
    let waker = try Waker()
    let counts = counts
    thread = try MediaThread(.serving("card out"), waker: waker) { stop in
      guard var poller = try? Poller(waker: waker) else { return }
      var keeper = CardKeeper(device: device, direction: .playback, layout: layout, report: report)
      var pace = OwnPace()
      let period = SampleBuffer(count: Self.periodFrames * layout.count)
      while !stop.isRequested {
        let card = keeper.card(at: MonotonicClock.now)
        var samples = period.mutableSpan
        fill(&samples, MonotonicClock.now)
        do throws(CardError) {
          try card?.play(period.span, layout: layout)
        } catch {
          keeper.lose(error, at: MonotonicClock.now)
        }
        Self.keepTime(card, &pace, &poller)
        counts.note(isOpen: card != nil, xruns: keeper.xruns + pace.restarts)
      }
    }
  }

  /// Waits for the next period, where the card has not done so.
  static func keepTime(_ card: Card?, _ pace: inout OwnPace, _ poller: inout Poller) {
    guard card?.hasClock != true else { return pace.rest() }
    poller.wait(until: pace.advance(by: periodFrames, now: MonotonicClock.now))
  }

  /// Ends playing, and lets go of the card.
  public func stop() {
    thread.requestStop()
    thread.join()
  }
}
