import Foundation

/// How many files this process may have open.
public enum OpenFileLimit {
  /// Raises it to what the system grants without asking: a thousand legs that speak at once are a thousand open files, and
  /// on a live bridge sockets and connections come to them.
  public static func raise() {
    var limit = rlimit()
    // Linux numbers it 7 on every machine that Swift runs on; the C library's own name for it is of a type that differs.
    let openFiles = __rlimit_resource_t(7)
    guard getrlimit(openFiles, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(openFiles, &limit)
  }
}
