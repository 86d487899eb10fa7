import Glibc
import MediaBase

/// The system's monotonic clock as the bridge's: it never jumps with the wall clock.
public enum MonotonicClock {
  /// Now.
  public static var now: PacketTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return PacketTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
