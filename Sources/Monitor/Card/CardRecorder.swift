import MediaBase
import MediaRuntime

/// Takes sound from a card, on a thread of its own, from its making until `stop`.
///
/// As `CardPlayer`, the other way round: where there is no card, it gives silence in its time. `stop` has to be called before
/// the last reference goes; it takes up to 200 ms.
public final class CardRecorder: Sendable {
  /// How the card is doing.
  public let counts = CardCounts()
  private let thread: MediaThread

  /// Frames that are given at a time.
  public static let periodFrames = CardPlayer.periodFrames

  /// Begins to record.
  ///
  /// - Parameters:
  ///   - device: ALSA's name, such as `default` or `plughw:1`.
  ///   - report: told in one line when the card is missing, fails or is back; called on the card's thread.
  ///   - take: takes `periodFrames` frames of `layout`; called on the card's thread, with the time that it is.
  public init(
    device: String, layout: ChannelLayout, report: @escaping @Sendable (String) -> Void,
    take: @escaping @Sendable (Span<Float>, PacketTime) -> Void
  ) throws(MediaRuntimeError) {
    let waker = try Waker()
    let counts = counts
    thread = try MediaThread(.serving("card in"), waker: waker) { stop in
      guard var poller = try? Poller(waker: waker) else { return }
      var keeper = CardKeeper(device: device, direction: .capture, layout: layout, report: report)
      var pace = OwnPace()
      let period = SampleBuffer(count: Self.periodFrames * layout.count)
      while !stop.isRequested {
        let card = keeper.card(at: MonotonicClock.now)
        CardPlayer.keepTime(card, &pace, &poller)
        do throws(CardError) {
          var samples = period.mutableSpan
          if let card { try card.record(&samples, layout: layout) } else { period.clear() }
        } catch {
          period.clear()
          keeper.lose(error, at: MonotonicClock.now)
        }
        take(period.span, MonotonicClock.now)
        counts.note(isOpen: card != nil, xruns: keeper.xruns + pace.restarts)
      }
    }
  }

  /// Ends recording, and lets go of the card.
  public func stop() {
    thread.requestStop()
    thread.join()
  }
}
