import CLinux

/// Marks where a thread may not allocate, lock or wait: a room's tick.
///
/// Nothing in an ordinary program, at a nanosecond a call. `tools/check-realtime` builds one with RealtimeSanitizer's runtime,
/// which then tells of every call between `enter` and `exit` that might. Both on the same thread, in pairs.
public enum RealtimeSection {
  /// From here on.
  public static func enter() {
    partyline_enter_realtime()
  }

  /// Up to here.
  public static func exit() {
    partyline_exit_realtime()
  }
}
