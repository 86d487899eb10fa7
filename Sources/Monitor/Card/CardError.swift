import CALSA
import Glibc

/// Why a sound card cannot be used, with ALSA's error number; `description` says it in one line.
public enum CardError: Error, Hashable, Sendable {
  /// Which way the sound goes.
  public enum Direction: Sendable, Hashable {
    /// To the card.
    case playback
    /// From the card.
    case capture
  }

  /// There is no such device, somebody has it, or we may not.
  case cannotOpen(device: String, Direction, code: Int32)
  /// It is open, but cannot do what is asked of it: in words.
  case unsupported(device: String, String, code: Int32)
  /// It was there and failed: unplugged, or its driver is stuck.
  case failed(device: String, Direction, code: Int32)
}

extension CardError: CustomStringConvertible {
  /// One line: which device, and why.
  public var description: String {
    switch self {
    case .cannotOpen(let device, let direction, let code):
      "sound card '\(device)': cannot be opened for \(direction): \(Self.words(code))"
    case .unsupported(let device, let what, let code):
      "sound card '\(device)': cannot do \(what) (\(Self.words(code))); 'plughw:' in place of 'hw:' converts"
    case .failed(let device, let direction, let code):
      "sound card '\(device)': \(direction) failed: \(Self.words(code))"
    }
  }

  private static func words(_ code: Int32) -> String {
    switch -code {
    case ENOENT: return "there is no such device"
    case EBUSY: return "another program has it"
    case ENODEV: return "it was unplugged"
    default:
      guard let words = snd_strerror(code) else { return "error \(-code)" }
      return String(cString: words).lowercased()
    }
  }
}
