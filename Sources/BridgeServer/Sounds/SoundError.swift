/// Why a sound cannot be played. Tells no path of the machine.
package enum SoundError: Error, Equatable, Sendable {
  /// No folder is set.
  case off
  /// There is none of that name in the folder.
  case missing(String)
  /// It is no sound, damaged, empty or too long: in words.
  case unusable(String, reason: String)
  /// All sounds together would take more than so much memory.
  case tooMuch(megabytes: Int)
}
