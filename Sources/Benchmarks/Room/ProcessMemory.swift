import Foundation

/// What this process has in memory.
enum ProcessMemory {
  /// Resident bytes; 0 where the system does not tell (proc(5), statm).
  static var residentBytes: Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
  }
}
