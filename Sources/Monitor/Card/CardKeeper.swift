import MediaBase
import MediaRuntime

extension MediaThread.Settings {
  /// A thread that a sound card waits for: before all ordinary ones where the system allows it, behind a bridge's media
  /// threads. It sleeps nearly all the time.
  static func serving(_ what: String) -> MediaThread.Settings {
    var settings = MediaThread.Settings(name: what)
    settings.realtimePriority = 40
    return settings
  }
}

/// Keeps a sound card open: opens it, tells in one line what is wrong with it, and tries again after growing pauses.
///
/// What both card threads hold. Owned by one of them and touched by no other. The same complaint is told once.
struct CardKeeper {
  private let device: String
  private let direction: CardError.Direction
  private let layout: ChannelLayout
  private let report: @Sendable (String) -> Void
  private var card: Card?
  private var pause = RetryPause()
  private var told: CardError?
  private var xrunsBefore = 0

  init(
    device: String, direction: CardError.Direction, layout: ChannelLayout, report: @escaping @Sendable (String) -> Void
  ) {
    self.device = device
    self.direction = direction
    self.layout = layout
    self.report = report
  }

  /// How often a card's buffer ran dry or over.
  var xruns: Int { xrunsBefore + (card?.xruns ?? 0) }

  /// The card; `nil` as long as there is none. Tries to open it where that is due.
  mutating func card(at now: PacketTime) -> Card? {
    if let card { return card }
    guard pause.isOver(at: now) else { return nil }
    do throws(CardError) {
      card = try Card(device, for: direction, layout: layout)
      pause.noteSuccess()
      if told != nil { report("sound card '\(device)': it is there now") }
      told = nil
    } catch {
      complain(error, at: now)
    }
    return card
  }

  /// Lets go of a card that failed.
  mutating func lose(_ error: CardError, at now: PacketTime) {
    xrunsBefore = xruns
    card = nil
    complain(error, at: now)
  }

  private mutating func complain(_ error: CardError, at now: PacketTime) {
    pause.noteFailure(at: now)
    if error != told { report("\(error); trying again") }
    told = error
  }
}
