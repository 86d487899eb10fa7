import Foundation
import Synchronization

/// One line on the terminal that says who talks in a room and how loud it is; nothing anywhere else.
///
/// Whatever else is to be told goes through `say`, above that line. Safe from any thread.
final class RoomDisplay: Sendable {
  private struct State {
    var talkers: [String] = []
    var isLineShown = false
  }

  private let isShown: Bool
  private let room: String
  private let state = Mutex(State())

  private static let quietest = -60.0
  private static let barLetters = 12

  init(room: String, isShown: Bool) {
    self.room = Self.printable(room)
    self.isShown = isShown
  }

  /// Who talks from now on.
  func setTalkers(_ names: [String]) {
    state.withLock { $0.talkers = names.map(Self.printable) }
  }

  /// Draws the line anew.
  ///
  /// - Parameters:
  ///   - leveldBFS: of what is heard, rms.
  ///   - note: what else there is to say, such as that the microphone is off.
  func draw(leveldBFS: Double, note: String) {
    guard isShown else { return }
    state.withLock { state in
      let share = max(0, min(1, (leveldBFS - Self.quietest) / -Self.quietest))
      let full = Int((share * Double(Self.barLetters)).rounded())
      let bar = String(repeating: "▮", count: full) + String(repeating: "▯", count: Self.barLetters - full)
      let level = leveldBFS > -100 ? String(format: "%4.0f dB", leveldBFS) : "silence"
      let talkers = state.talkers.isEmpty ? "nobody talks" : state.talkers.joined(separator: ", ")
      let line = "\(room)  \(bar) \(level)  \(note.isEmpty ? "" : note + "  ")\(talkers)"
      StandardStreams.writeToStandardError("\r\u{1B}[K" + String(line.prefix(Self.width - 1)))
      state.isLineShown = true
    }
  }

  /// Says something in a line of its own.
  func say(_ message: String) {
    clear()
    Complaint.say(message)
  }

  /// Says something that only a person at the terminal wants to know.
  func tell(_ message: String) {
    guard isShown else { return }
    say(message)
  }

  /// Takes the line away.
  func clear() {
    state.withLock { state in
      guard state.isLineShown else { return }
      StandardStreams.writeToStandardError("\r\u{1B}[K")
      state.isLineShown = false
    }
  }

  /// Letters in a line of the terminal; 80 where it does not tell.
  private static var width: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
  }

  /// A name from the bridge, without what would move the terminal's cursor.
  private static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && !(127...159).contains($0.value) }))
  }
}
